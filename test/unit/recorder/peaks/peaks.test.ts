// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD } from '../../../../src/kernel/layout.ts';
import { DevicePeaks } from '../../../../src/recorder/peaks/peaks.ts';
import {
  createDecoded,
  createDeviceIntake,
} from '../../../../src/recorder/top-lists/device-intake.ts';

/** The kernel's clock is ahead of the reader's. */
const SHIFT_MS = 5_000_000.25;
const LENGTH = 60;
const TIMED_RECORDS = 256;

/** One packet: when it came, ms of the reader's clock, where its record says so. */
interface Came {
  readonly atMs?: number;
  readonly slot?: number;
}

function encode(packets: readonly Came[]): Uint32Array {
  const records = Buffer.alloc(packets.length * RECORD.sizeBytes);
  for (const [index, { atMs, slot = 0 }] of packets.entries()) {
    const record = records.subarray(index * RECORD.sizeBytes);
    record.writeUInt32LE(LENGTH, RECORD.offsets.length);
    record.writeUInt32LE(1, RECORD.offsets.weight);
    record.writeUInt16LE(slot, RECORD.offsets.slot);
    if (atMs !== undefined) {
      const timeNs = BigInt(Math.round((atMs + SHIFT_MS) * 1e6));
      record.writeBigUInt64LE(timeNs, RECORD.offsets.time);
    }
  }
  return new Uint32Array(records.buffer, records.byteOffset, records.length / 4);
}

/** As rings give them: one that has a time is the first. */
function batches(packets: readonly Came[]): Came[][] {
  const all: Came[][] = [[]];
  for (const packet of packets) {
    if (packet.atMs !== undefined) {
      all.push([]);
    }
    all.at(-1)?.push(packet);
  }
  return all.filter(({ length }) => length > 0);
}

class Reader {
  readonly decoded = createDecoded(4);
  readonly peaks = new DevicePeaks(this.decoded, SHIFT_MS);
  readonly #take = this.peaks.wrap(createDeviceIntake(this.decoded));

  /** @param rings what each CPU's ring holds */
  turn(nowMs: number, ...rings: readonly (readonly Came[])[]): void {
    this.peaks.begin(nowMs);
    for (const [cpu, packets] of rings.entries()) {
      if (packets.length > 0) {
        for (const batch of batches(packets)) {
          this.#take(encode(batch), 0, batch.length, cpu);
        }
      }
    }
    this.peaks.end();
  }

  /** Packets in 10 ms and in a second. */
  of(nowMs: number, slot = 0): readonly number[] {
    const { '10ms': short, '1s': long } = this.peaks.snapshot(slot, nowMs);
    assert.deepEqual([short.bytes, long.bytes], [short.packets * LENGTH, long.packets * LENGTH]);
    return [short.packets, long.packets];
  }
}

const unstamped = (count: number, slot = 0): Came[] =>
  Array.from({ length: count }, () => ({ slot }));
/** One record with a time, and those behind it. */
const stamped = (atMs: number, count: number, slot = 0): Came[] => [
  { atMs, slot },
  ...unstamped(count - 1, slot),
];
/** So many a millisecond, one in 256 of them with its time. */
const steady = (fromMs: number, toMs: number, count: number): Came[] =>
  Array.from({ length: (toMs - fromMs) * count }, (_, index) =>
    index % TIMED_RECORDS === TIMED_RECORDS / 2 ? { atMs: fromMs + index / count } : {},
  );

describe('DevicePeaks', () => {
  it('has nothing of a device that had no packets', () => {
    const reader = new Reader();
    reader.turn(4, unstamped(3, 1));
    assert.deepEqual(reader.of(5), [0, 0]);
  });

  it('counts every packet once, by device', () => {
    const reader = new Reader();
    reader.turn(4, [...stamped(1, 5), ...stamped(2, 7, 2), ...stamped(3, 11)], unstamped(2, 2));
    assert.deepEqual(
      [reader.of(5), reader.of(5, 2)],
      [
        [16, 16],
        [9, 9],
      ],
    );
    assert.deepEqual([...reader.decoded.packets], [16, 0, 9, 0]);
  });

  it('has a burst as a whole over two CPUs and the turns that cut it', () => {
    const reader = new Reader();
    const one = steady(1_001, 1_006, 2_000);
    const other = steady(1_002, 1_006, 2_500);
    reader.turn(1_000);
    reader.turn(1_003, one.slice(0, 3_900), other.slice(0, 2_400));
    reader.turn(1_005, one.slice(3_900, 8_100), other.slice(2_400, 7_777));
    reader.turn(1_019, one.slice(8_100), other.slice(7_777));
    reader.turn(1_023);
    assert.deepEqual(reader.of(1_023), [20_000, 20_000]);
  });

  it('tears off neither end of a burst where no record of an end has a time and a turn is late', () => {
    for (const cut of [100, 9_900]) {
      const reader = new Reader();
      const burst = [...unstamped(100), ...steady(1_000, 1_005, 1_920), ...unstamped(300)];
      reader.turn(960);
      const [early, late] = cut < 1_000 ? [1_000, 1_030] : [1_005, 1_050];
      reader.turn(early, burst.slice(0, cut));
      reader.turn(late, burst.slice(cut));
      assert.deepEqual(reader.of(late), [10_000, 10_000], `cut at ${cut}`);
    }
  });

  it('takes no steady traffic for a burst where turns are late', () => {
    const reader = new Reader();
    reader.turn(1_000);
    reader.turn(1_050, steady(1_000, 1_050, 1_280));
    reader.turn(1_180, steady(1_050, 1_180, 1_280));
    assert.deepEqual(reader.of(1_181), [12_800, 230_400]);
  });

  it('takes packets for what came since the last turn where no record of it has a time', () => {
    const reader = new Reader();
    for (let turn = 1; turn <= 100; turn++) {
      reader.turn(4 * turn, unstamped(8));
    }
    // Two turns and a half are ten milliseconds; the first turn and the second are taken for one.
    assert.deepEqual(reader.of(400), [32, 800]);
  });

  it('passes over a time that no program of ours wrote', () => {
    const reader = new Reader();
    reader.turn(1_000);
    reader.turn(1_004, [...stamped(900, 5), ...stamped(9_000, 5), ...stamped(1_001, 5)]);
    assert.deepEqual(reader.of(1_005), [15, 15]);
  });

  it('leaves what was read more than 200 ms late to the second, where it still has a place', () => {
    const reader = new Reader();
    reader.turn(1_000);
    reader.turn(1_500, [...stamped(1_050, 900), ...stamped(1_490, 70)]);
    assert.deepEqual(reader.of(1_501), [70, 970]);
  });

  it('forgets a device whose slot another one gets', () => {
    const reader = new Reader();
    reader.turn(4, unstamped(9), unstamped(5, 1));
    for (const counts of Object.values(reader.decoded)) {
      counts[0] = 0;
    }
    reader.peaks.clearSlot(0);
    reader.turn(8, unstamped(2));
    assert.deepEqual(
      [reader.of(9), reader.of(9, 1)],
      [
        [2, 2],
        [5, 5],
      ],
    );
  });

  it('does not change by being asked', () => {
    const reader = new Reader();
    reader.turn(4, unstamped(9));
    assert.deepEqual(
      [reader.of(5), reader.of(5), reader.of(40_000)],
      [
        [9, 9],
        [9, 9],
        [9, 9],
      ],
    );
  });
});
