// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Outcomes, readLogger } from '../../../../src/collectors/logger/read.ts';
import { ACTIONS } from '../../../../src/snapshot/packet-class.ts';
import { FakeDevices, type Field, pairWord, recorderOf, STATE } from '../reading.ts';

const PASS = pairWord(2, 'packets');

function outcomesOf(devices: FakeDevices, decoded: readonly number[]): Outcomes | undefined {
  return readLogger(devices.reading({ recorder: recorderOf(decoded) }))?.devices[0];
}

describe('readLogger', () => {
  it('adds each counter over all CPUs, those that are offline among them', () => {
    const devices = new FakeDevices({ possibleCpus: 3 });
    for (const position of [0, 1, 2]) {
      const factor = 10 ** position;
      devices.set('sampled_out', factor, { position });
      devices.set('ring_full', 2 * factor, { position });
      devices.set('no_ring', 3 * factor, { position });
      devices.set('no_entry', factor, { position });
      devices.set('traffic', 8 * factor, { position, word: PASS });
    }
    assert.deepEqual(outcomesOf(devices, [100]), {
      decoded: 100,
      sampledOut: 111,
      ringFull: 222,
      noRing: 333,
      noEntry: 111,
      pending: 888 - 877,
    });
  });

  it('takes the packets of all actions, and no bytes, for what the logger saw', () => {
    const devices = new FakeDevices();
    for (const action of ACTIONS.keys()) {
      devices.set('traffic', 10 ** action, { word: pairWord(action, 'packets') });
      devices.set('traffic', 7, { word: pairWord(action, 'bytes') });
    }
    assert.equal(outcomesOf(devices, [11])?.pending, 111_100);
  });

  it('keeps devices apart, each by its slot', () => {
    const devices = new FakeDevices({ slots: 3 });
    devices.set('traffic', 10, { slot: 0, word: PASS });
    devices.set('traffic', 20, { slot: 2, word: PASS });
    devices.set('no_ring', 5, { slot: 2 });
    const recorder = recorderOf([1, 0, 2]);
    const part = readLogger(devices.reading({ slots: [2, undefined, 0], recorder }));
    assert.deepEqual(
      part?.devices.map((each) => [each?.decoded, each?.noRing, each?.pending]),
      [
        [2, 5, 13],
        [undefined, undefined, undefined],
        [1, 0, 9],
      ],
    );
  });

  it('passes on how the recorder stands', () => {
    const part = readLogger(new FakeDevices().reading({ recorder: recorderOf([]) }));
    assert.equal(part?.state, STATE);
  });

  it('reads nothing where the logger is off', () => {
    const values = () => assert.fail('read');
    assert.equal(readLogger(new FakeDevices().reading({ values })), undefined);
  });

  it('calls nothing pending where an outcome was counted while the kernel copied its packet', () => {
    const devices = new FakeDevices();
    devices.set('traffic', 10, { word: PASS });
    devices.set('ring_full', 11);
    assert.equal(outcomesOf(devices, [0])?.pending, 0);
  });

  it('accounts for every packet exactly once, whatever became of it', () => {
    const fates = fc.array(
      fc.record({
        position: fc.nat(2),
        action: fc.nat(ACTIONS.length - 1),
        fate: fc.constantFrom('sampled_out', 'ring_full', 'no_ring', 'decoded', 'unread'),
        count: fc.nat(1000),
      }),
    );
    fc.assert(
      fc.property(fates, (groups) => {
        const devices = new FakeDevices({ possibleCpus: 3 });
        const totals = new Map<string, number>();
        const add = (field: Field, count: number, position: number, word = 0) => {
          const key = `${field} ${position} ${word}`;
          const total = (totals.get(key) ?? 0) + count;
          totals.set(key, total);
          devices.set(field, total, { position, word });
        };
        let decoded = 0;
        for (const { position, action, fate, count } of groups) {
          add('traffic', count, position, pairWord(action, 'packets'));
          if (fate === 'decoded') {
            decoded += count;
          } else if (fate !== 'unread') {
            add(fate, count, position);
          }
        }
        const sumOf = (wanted: (fate: string) => boolean) =>
          groups.reduce((sum, { fate, count }) => sum + (wanted(fate) ? count : 0), 0);
        const outcomes = outcomesOf(devices, [decoded]);
        assert.ok(outcomes !== undefined);
        assert.equal(
          outcomes.pending,
          sumOf((fate) => fate === 'unread'),
        );
        assert.equal(
          Object.values(outcomes).reduce((sum: number, count: number) => sum + count, 0),
          sumOf(() => true),
        );
      }),
    );
  });
});
