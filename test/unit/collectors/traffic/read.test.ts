// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readTraffic } from '../../../../src/collectors/traffic/read.ts';
import { ACTIONS } from '../../../../src/snapshot/packet-class.ts';
import { FakeDevices, pairWord } from '../reading.ts';

const DROP = 1;
const PASS = 2;
const INVALID = 5;

const QUANTITIES = ['packets', 'bytes'] as const;

/** The value of a cell, unlike that of every other one. */
function cell(slot: number, action: number, position: number, quantity: 'packets' | 'bytes') {
  return slot * 1e6 + action * 1e4 + position * 10 + QUANTITIES.indexOf(quantity) + 1;
}

function filledDevices(slots: number, possibleCpus: number): FakeDevices {
  const devices = new FakeDevices({ slots, possibleCpus });
  for (let slot = 0; slot < slots; slot++) {
    for (let position = 0; position < possibleCpus; position++) {
      for (const action of ACTIONS.keys()) {
        for (const quantity of QUANTITIES) {
          const at = { slot, position, word: pairWord(action, quantity) };
          devices.set('traffic', cell(slot, action, position, quantity), at);
        }
      }
    }
  }
  return devices;
}

describe('readTraffic', () => {
  it('tells packets from bytes, and each action from the others', () => {
    const devices = new FakeDevices({ possibleCpus: 2 });
    devices.set('traffic', 3, { position: 0, word: pairWord(PASS, 'packets') });
    devices.set('traffic', 4, { position: 1, word: pairWord(PASS, 'packets') });
    devices.set('traffic', 400, { position: 1, word: pairWord(PASS, 'bytes') });
    devices.set('traffic', 60, { position: 0, word: pairWord(INVALID, 'bytes') });
    const [traffic] = readTraffic(devices.reading({ cpuPositions: [0, 1] }));
    assert.deepEqual([...(traffic?.packets ?? [])], [0, 0, 7, 0, 0, 0]);
    assert.deepEqual([...(traffic?.bytes ?? [])], [0, 0, 400, 0, 0, 60]);
    assert.deepEqual([...(traffic?.cpuPackets ?? [])], [0, 0, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0]);
    assert.deepEqual([...(traffic?.cpuBytes ?? [])], [0, 0, 0, 0, 0, 60, 0, 0, 400, 0, 0, 0]);
  });

  it('keeps the counts of offline CPUs in the totals, and their rows out', () => {
    const devices = new FakeDevices({ possibleCpus: 4 });
    for (const position of [0, 1, 2, 3]) {
      devices.set('traffic', 10 ** position, { position, word: pairWord(DROP, 'packets') });
    }
    const [traffic] = readTraffic(devices.reading({ cpuPositions: [3, 1] }));
    assert.equal(traffic?.packets[DROP], 1111);
    assert.deepEqual([...(traffic?.cpuPackets ?? [])], [0, 1000, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0]);
  });

  it('follows the devices of the snapshot, whose slots may have gaps and any order', () => {
    const part = readTraffic(filledDevices(5, 2).reading({ slots: [4, undefined, 1] }));
    assert.deepEqual(
      part.map((traffic) => traffic?.cpuPackets[PASS]),
      [cell(4, PASS, 0, 'packets'), undefined, cell(1, PASS, 0, 'packets')],
    );
  });

  it('gives no traffic for no devices', () => {
    assert.deepEqual(readTraffic(filledDevices(1, 1).reading({ slots: [] })), []);
  });

  it('throws what the read of the kernel throws', () => {
    const values = () => {
      throw new Error('EBADF');
    };
    assert.throws(() => readTraffic(new FakeDevices().reading({ values })), /EBADF/);
  });

  it('finds every cell, whatever the slots, the possible CPUs and those online', () => {
    const machines = fc
      .record({ slots: fc.integer({ min: 1, max: 4 }), cpus: fc.integer({ min: 1, max: 9 }) })
      .chain(({ slots, cpus }) =>
        fc.record({
          slots: fc.constant(slots),
          cpus: fc.constant(cpus),
          online: fc.shuffledSubarray(Array.from({ length: cpus }, (_, index) => index)),
        }),
      );
    fc.assert(
      fc.property(machines, ({ slots, cpus, online }) => {
        const positions = Array.from({ length: cpus }, (_, index) => index);
        const part = readTraffic(filledDevices(slots, cpus).reading({ cpuPositions: online }));
        for (const [slot, traffic] of part.entries()) {
          assert.ok(traffic !== undefined);
          for (const action of ACTIONS.keys()) {
            const total = (quantity: 'packets' | 'bytes') =>
              positions.reduce((sum, each) => sum + cell(slot, action, each, quantity), 0);
            assert.equal(traffic.packets[action], total('packets'));
            assert.equal(traffic.bytes[action], total('bytes'));
            const rows = (values: Float64Array) =>
              online.map((_, row) => values[row * ACTIONS.length + action]);
            assert.deepEqual(
              [rows(traffic.cpuPackets), rows(traffic.cpuBytes)],
              QUANTITIES.map((each) => online.map((cpu) => cell(slot, action, cpu, each))),
            );
          }
          assert.equal(traffic.cpuPackets.length, online.length * ACTIONS.length);
        }
        assert.equal(part.length, slots);
      }),
    );
  });
});
