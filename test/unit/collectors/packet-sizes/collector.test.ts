// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SIZE_BOUNDARIES } from '../../../../src/collectors/packet-sizes/buckets.ts';
import { packetSizes } from '../../../../src/collectors/packet-sizes/collector.ts';
import { contextOf, deviceOf, packetSizesOf, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices, pairWord } from '../reading.ts';

const SIZE_SLOTS = 21;
const ACTIONS = 6;

describe('packetSizes.read', () => {
  it('adds each size over all CPUs, and the bytes over all actions', () => {
    const devices = new FakeDevices({ slots: 2 });
    devices.set('sizes', 5, { slot: 1, position: 0, word: 6 });
    devices.set('sizes', 7, { slot: 1, position: 2, word: 6 });
    devices.set('sizes', 1, { slot: 1, position: 1, word: SIZE_SLOTS - 1 });
    devices.set('traffic', 1000, { slot: 1, position: 0, word: pairWord(2, 'bytes') });
    devices.set('traffic', 24, { slot: 1, position: 2, word: pairWord(5, 'bytes') });
    devices.set('traffic', 99, { slot: 1, position: 2, word: pairWord(5, 'packets') });
    const [first, second] = packetSizes.read(devices.reading()) ?? [];
    const expected = new Array<number>(SIZE_SLOTS).fill(0);
    assert.deepEqual([...(first?.packets ?? [])], expected);
    assert.equal(first?.bytes, 0);
    expected[6] = 12;
    expected[SIZE_SLOTS - 1] = 1;
    assert.deepEqual([...(second?.packets ?? [])], expected);
    assert.equal(second?.bytes, 1024);
  });

  it('reads nothing where packets are not counted by size', () => {
    const values = () => assert.fail('read');
    const reading = new FakeDevices().reading({ packetSizes: false, values });
    assert.equal(packetSizes.read(reading), undefined);
  });

  it('gives nothing of a device that was never counted', () => {
    const part = packetSizes.read(new FakeDevices().reading({ slots: [undefined, 0] }));
    assert.deepEqual(
      part?.map((sizes) => sizes !== undefined),
      [false, true],
    );
  });

  it('gives every size its own packets, whatever the CPUs and the slots', () => {
    const cells = fc.array(
      fc.record({
        slot: fc.nat(3),
        position: fc.nat(7),
        word: fc.nat(SIZE_SLOTS + ACTIONS - 1),
        value: fc.bigInt(0n, 2n ** 40n),
      }),
    );
    fc.assert(
      fc.property(cells, (filled) => {
        const devices = new FakeDevices({ slots: 4, possibleCpus: 8 });
        const last = new Map(
          filled.map((item) => [`${item.slot} ${item.position} ${item.word}`, item]),
        );
        const expected = Array.from({ length: 4 }, () => ({
          packets: new Array<number>(SIZE_SLOTS).fill(0),
          bytes: 0,
        }));
        for (const { slot, position, word, value } of last.values()) {
          const row = expected[slot];
          assert.ok(row !== undefined);
          if (word < SIZE_SLOTS) {
            devices.set('sizes', value, { slot, position, word });
            row.packets[word] = (row.packets[word] ?? 0) + Number(value);
          } else {
            const at = { slot, position, word: pairWord(word - SIZE_SLOTS, 'bytes') };
            devices.set('traffic', value, at);
            row.bytes += Number(value);
          }
        }
        const part = packetSizes.read(devices.reading());
        assert.deepEqual(
          part?.map((sizes) => ({ packets: [...(sizes?.packets ?? [])], bytes: sizes?.bytes })),
          expected,
        );
      }),
    );
  });
});

describe('packetSizes.families', () => {
  it('folds sizes into a histogram whose count is the sum of its buckets', () => {
    const families = packetSizes.families([packetSizesOf()], contextOf([deviceOf('eth0')]));
    assert.deepEqual(samplesOf(families, 'xdp_packet_size_bytes'), [
      {
        labels: { device: 'eth0' },
        boundaries: SIZE_BOUNDARIES,
        counts: [
          127,
          ...[7, 8, 9, 10, 11, 12, 13, 14, 15, 16].map((slot) => 2 ** slot),
          2 ** 17 + 2 ** 18 + 2 ** 19 + 2 ** 20,
        ],
        powersOfTwo: packetSizesOf().packets,
        count: 2 ** 21 - 1,
        sum: 123_456,
      },
    ]);
  });

  it('counts since the device was first attached, in its own namespace', () => {
    const devices = [deviceOf('a'), deviceOf('b', { netns: 'blue', startedAtMs: 7 })];
    const [family] = packetSizes.families([undefined, packetSizesOf()], contextOf(devices));
    assert.deepEqual(
      family?.samples.map(({ labels, startedAtMs }) => ({ labels, startedAtMs })),
      [{ labels: { device: 'b', netns: 'blue' }, startedAtMs: 7 }],
    );
  });
});
