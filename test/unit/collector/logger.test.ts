// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LoggerCollector, type ReadRecords } from '../../../src/collector/logger.ts';
import { LOGGER } from '../../../src/kernel/abi.ts';
import { type DeviceLog, FAMILIES, PROTOCOLS } from '../../../src/snapshot/logger.ts';
import { FakePerCpuReader } from './fake-reader.ts';

const CPUS = 3;
const NOTHING: ReadRecords = { decoded: 0, recoveredFromFullRing: 0, recoveredWithoutRing: 0 };

interface Counters {
  readonly sampled_out: number;
  readonly ring_full: number;
  readonly no_ring: number;
  /** Packets: each is counted by its family and protocol, and nowhere else. */
  readonly protocols: number;
}

/** A map of three CPUs, and its collector. */
function setUp(slots = 1) {
  const map = new FakePerCpuReader(slots, CPUS, LOGGER.sizeBytes / 8);
  const collector = new LoggerCollector(map);
  const set = (slot: number, counters: Partial<Counters>, cpu = 0) => {
    for (const [field, value] of Object.entries(counters)) {
      const word = LOGGER.offsets[field as keyof Counters] / 8;
      map.set(slot, cpu, word, BigInt(value));
    }
  };
  const read = (...records: readonly Partial<ReadRecords>[]) =>
    collector.read(slots, () => (slot) => ({ ...NOTHING, ...records[slot] }));
  return { map, collector, set, read };
}

function outcomesOf(log: DeviceLog | undefined) {
  assert.ok(log !== undefined);
  const { decoded, sampledOut, ringFull, noRing, pending } = log;
  return { decoded, sampledOut, ringFull, noRing, pending };
}

describe('LoggerCollector', () => {
  it('adds each counter over all CPUs, those that are offline among them', () => {
    const { set, read } = setUp();
    for (const cpu of [0, 1, 2]) {
      const factor = 10 ** cpu;
      const counters = { sampled_out: factor, ring_full: 2 * factor, no_ring: 3 * factor };
      set(0, { ...counters, protocols: 8 * factor }, cpu);
    }
    assert.deepEqual(outcomesOf(read({ decoded: 100 })[0]), {
      decoded: 100,
      sampledOut: 111,
      ringFull: 222,
      noRing: 333,
      pending: 888 - 766,
    });
  });

  it('gives packets and bytes by family and protocol, and malformed packets by reason', () => {
    const { map, read } = setUp();
    const word = (field: 'protocols' | 'malformed') => LOGGER.offsets[field] / 8;
    const classes = FAMILIES.length * PROTOCOLS.length;
    for (let index = 0; index < classes; index++) {
      for (const cpu of [0, 2]) {
        map.set(0, cpu, word('protocols') + 2 * index, BigInt(index + 1));
        map.set(0, cpu, word('protocols') + 2 * index + 1, BigInt(100 * (index + 1)));
      }
    }
    for (let reason = 0; reason < 8; reason++) {
      map.set(0, 1, word('malformed') + reason, BigInt(7 * reason));
    }
    const [log] = read({});
    const packets = Array.from({ length: classes }, (_, index) => 2 * (index + 1));
    assert.deepEqual([...(log?.packets ?? [])], packets);
    assert.deepEqual(
      [...(log?.bytes ?? [])],
      packets.map((count) => count * 100),
    );
    assert.deepEqual([...(log?.malformed ?? [])], [0, 7, 14, 21, 28, 35, 42, 49]);
    assert.equal(log?.pending, 2 * ((classes * (classes + 1)) / 2), 'of every class');
  });

  it('reads one key for each slot, and keeps slots apart', () => {
    const { map, set, read } = setUp(2);
    set(0, { protocols: 10, ring_full: 4 });
    set(1, { protocols: 20, no_ring: 5 });
    const logs = read({ recoveredFromFullRing: 1 }, { decoded: 2, recoveredWithoutRing: 3 });
    const nothing = { decoded: 0, sampledOut: 0, ringFull: 0, noRing: 0 };
    assert.deepEqual(logs.map(outcomesOf), [
      { ...nothing, ringFull: 3, pending: 7 },
      { ...nothing, decoded: 2, noRing: 2, pending: 16 },
    ]);
    assert.deepEqual(map.reads, [2]);
  });

  it('gives nothing for no slots', () => {
    const { collector } = setUp();
    assert.deepEqual(
      collector.read(0, () => () => NOTHING),
      [],
    );
  });

  it('reads the counters before the readers catch up, so that these know of every loss', () => {
    const { collector, map, set } = setUp();
    set(0, { protocols: 64, ring_full: 64 });
    const [log] = collector.read(1, () => {
      assert.deepEqual(map.reads, [1]);
      set(0, { protocols: 128, ring_full: 128 });
      return () => ({ ...NOTHING, recoveredFromFullRing: 3 });
    });
    assert.equal(log?.ringFull, 61);
    assert.deepEqual(map.reads, [1]);
  });

  it('takes off each loss what was recovered of it, so that the outcomes add up', () => {
    const { set, read } = setUp();
    set(0, { protocols: 1000, sampled_out: 500, ring_full: 128, no_ring: 64 });
    const decoded = 1000 - 500 - 128 - 64 + 30 + 20;
    const records = { decoded, recoveredFromFullRing: 30, recoveredWithoutRing: 20 };
    const [log] = read(records);
    assert.deepEqual(outcomesOf(log), {
      decoded,
      sampledOut: 500,
      ringFull: 98,
      noRing: 44,
      pending: 0,
    });
  });

  it('calls nothing pending where more was decoded than the counters had seen', () => {
    const { set, read } = setUp();
    set(0, { protocols: 10 });
    assert.equal(read({ decoded: 15 })[0]?.pending, 0);
    assert.equal(read({ decoded: 4 })[0]?.pending, 6);
  });

  it('lets no loss be negative while its correction is ahead of it', () => {
    const { set, read } = setUp();
    assert.equal(read({ recoveredFromFullRing: 5 })[0]?.ringFull, 0);
    assert.equal(read({ recoveredWithoutRing: 5 })[0]?.noRing, 0);
    set(0, { ring_full: 64, no_ring: 64 });
    const [log] = read({ recoveredFromFullRing: 5, recoveredWithoutRing: 5 });
    assert.deepEqual([log?.ringFull, log?.noRing], [59, 59]);
  });

  it('begins anew in a slot that another device is to have, and only there', () => {
    const { collector, set, read } = setUp(2);
    set(0, { ring_full: 64, no_ring: 64 });
    set(1, { ring_full: 64, no_ring: 64 });
    read();
    collector.clearSlot(0);
    for (const slot of [0, 1]) {
      set(slot, { ring_full: 1, no_ring: 2 });
    }
    assert.deepEqual(
      read().map(({ ringFull, noRing }) => [ringFull, noRing]),
      [
        [1, 2],
        [64, 64],
      ],
    );
  });
});

describe('LoggerCollector, whatever comes in whatever order', () => {
  const step = fc.record({
    ring_full: fc.nat(64),
    no_ring: fc.nat(64),
    sampled_out: fc.nat(100),
    protocols: fc.nat(300),
    decoded: fc.nat(100),
    recoveredFromFullRing: fc.nat(64),
    recoveredWithoutRing: fc.nat(64),
  });

  it('never lets a counter go back, nor the pending packets below zero', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { set, read } = setUp();
        const sum = { ...NOTHING, ring_full: 0, no_ring: 0, sampled_out: 0, protocols: 0 };
        const keys = Object.keys(sum) as (keyof typeof sum)[];
        let before = { decoded: 0, sampledOut: 0, ringFull: 0, noRing: 0 };
        for (const added of steps) {
          for (const key of keys) {
            sum[key] += added[key];
          }
          const { ring_full, no_ring, sampled_out, protocols, ...records } = sum;
          set(0, { ring_full, no_ring, sampled_out, protocols });
          const { pending, ...counters } = outcomesOf(read(records)[0]);
          assert.ok(pending >= 0);
          for (const key of Object.keys(before) as (keyof typeof before)[]) {
            assert.ok(counters[key] >= before[key], `${key} went back`);
          }
          assert.ok(counters.ringFull >= ring_full - records.recoveredFromFullRing);
          assert.ok(counters.noRing >= no_ring - records.recoveredWithoutRing);
          before = counters;
        }
      }),
    );
  });
});
