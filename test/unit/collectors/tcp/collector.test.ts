// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { protocols } from '../../../../src/collectors/protocols/collector.ts';
import { tcp } from '../../../../src/collectors/tcp/collector.ts';
import { DEVICE } from '../../../../src/kernel/layout.ts';
import { FAMILIES, PROTOCOLS } from '../../../../src/snapshot/packet-class.ts';
import { contextOf, deviceOf, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices, pairWord, recorderOf } from '../reading.ts';

const recorder = recorderOf([]);

/** Every counter has a number of its own, on two CPUs. */
function countedDevices(): FakeDevices {
  const devices = new FakeDevices();
  for (let index = 0; index < DEVICE.lengths.protocols; index++) {
    for (const position of [0, 2]) {
      devices.set('protocols', 2 ** index, { position, word: pairWord(index, 'packets') });
      devices.set('protocols', 3 ** index, { position, word: pairWord(index, 'bytes') });
    }
  }
  return devices;
}

describe('tcp.read', () => {
  it('gives packets by flags, of both families and all CPUs', () => {
    const [part] = tcp.read(countedDevices().reading({ recorder })) ?? [];
    const both = [0, 1, 2, 3, 4].map((code) => 2 ** (1 + code) + 2 ** (10 + code));
    assert.deepEqual(
      [...(part?.packets ?? [])],
      both.map((count) => 2 * count),
    );
  });

  it('adds up to the packets of TCP that are counted by protocol', () => {
    const reading = countedDevices().reading({ recorder });
    const [byFlags] = tcp.read(reading) ?? [];
    const [byProtocol] = protocols.read(reading) ?? [];
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    const ofTcp = FAMILIES.map(
      (_, family) => byProtocol?.packets[family * PROTOCOLS.length + PROTOCOLS.indexOf('tcp')] ?? 0,
    );
    assert.ok(sum(ofTcp) > 0);
    assert.equal(sum([...(byFlags?.packets ?? [])]), sum(ofTcp));
  });

  it('gives nothing of a device that was never counted', () => {
    const part = tcp.read(new FakeDevices().reading({ slots: [undefined], recorder }));
    assert.deepEqual(part, [undefined]);
  });

  it('reads nothing where the logger is off, since then no program looks into packets', () => {
    const values = () => assert.fail('read');
    assert.equal(tcp.read(new FakeDevices().reading({ values })), undefined);
  });
});

describe('tcp.families', () => {
  it('shows each set of flags, since the device was first attached', () => {
    const device = deviceOf('eth0', { netns: 'blue', startedAtMs: 9 });
    const part = [{ packets: Float64Array.of(5, 1, 2, 3, 4) }];
    const families = tcp.families(part, contextOf([device]));
    assert.deepEqual(
      samplesOf(families, 'xdp_tcp_packets_total'),
      [
        ['other', 5],
        ['syn', 1],
        ['synack', 2],
        ['rst', 3],
        ['fin', 4],
      ].map(([flags, value]) => ({ labels: { device: 'eth0', netns: 'blue', flags }, value })),
    );
    assert.ok(families[0]?.samples.every(({ startedAtMs }) => startedAtMs === 9));
  });
});
