// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD } from '../../../src/kernel/layout.ts';
import type { TapRequest } from '../../../src/recorder/packet-tap.ts';
import { PacketTaps } from '../../../src/recorder/packet-taps.ts';
import { RECORD_WORDS } from '../../../src/recorder/record.ts';
import { PACKET_ROW, packetCount, readPacket } from '../../../src/snapshot/packet.ts';
import type { PacketBatch, PacketCounts } from '../../../src/snapshot/packet-stream.ts';

/** Rows of a reader that may be under way. */
const MAX_UNTAKEN = 16_384;
const DEVICES = { 3: 'eth0', 4: 'blue/eth0' };

/** One record each, of the slots given. */
function recordsOf(slots: readonly number[], timeNs = 0n): Uint32Array<ArrayBuffer> {
  const records = Buffer.alloc(slots.length * RECORD.sizeBytes);
  for (const [index, slot] of slots.entries()) {
    const at = index * RECORD.sizeBytes;
    records.writeUInt32LE(100 + index, at + RECORD.offsets.length);
    records.writeUInt32LE(2, at + RECORD.offsets.weight);
    records.writeUInt16LE(slot, at + RECORD.offsets.slot);
    records.writeBigUInt64LE(timeNs, at + RECORD.offsets.time);
  }
  return new Uint32Array(Uint8Array.from(records).buffer);
}

function setUp() {
  const clock = { nowMs: 0, step: 0 };
  const taps = new PacketTaps(
    () => ({ devices: DEVICES, sampleInterval: 8, nowMs: clock.nowMs, nowNs: 2n ** 32n + 7n }),
    () => {
      clock.nowMs += clock.step;
      return clock.nowMs;
    },
  );
  /** All records in one turn. */
  const turn = (records: Uint32Array) => {
    taps.take(records, 0, records.length / RECORD_WORDS, 6);
    taps.flush();
  };
  const open = (request: Partial<TapRequest> = {}) => {
    const batches: PacketBatch[] = [];
    const stream = taps.open({ sample: 1, post: (batch) => batches.push(batch) > 0, ...request });
    const counts = () => batches.at(-1)?.counts as PacketCounts;
    const packets = () =>
      batches.flatMap((batch) =>
        Array.from({ length: packetCount(batch) }, (_, row) => readPacket(batch, row)),
      );
    return { stream, batches, counts, packets };
  };
  return { clock, taps, turn, open };
}

const sumOf = ({ rows, filtered, sampledOut, missed }: PacketCounts) =>
  rows + filtered + sampledOut + missed;

describe('PacketTaps', () => {
  it('hands over packets with the names of their devices, their CPU, and the time of the reading', () => {
    const { turn, open } = setUp();
    const { packets, batches } = open();
    turn(recordsOf([3, 4]));
    turn(recordsOf([3], 5n));
    const shown = packets().map(({ device, cpu, lengthBytes, weight, monotonicNs }) => {
      return [device, cpu, lengthBytes, weight, monotonicNs];
    });
    assert.deepEqual(shown, [
      ['eth0', 6, 100, 2, 2 ** 32 + 7],
      ['blue/eth0', 6, 101, 2, 2 ** 32 + 7],
      // Also of one that has a time, which most have not.
      ['eth0', 6, 100, 2, 2 ** 32 + 7],
    ]);
    assert.equal(batches[0]?.sampleInterval, 8);
  });

  it('counts what does not match, and nothing of devices that were not asked for', () => {
    const { turn, open } = setUp();
    const { packets, counts } = open({
      wantsDevice: (name) => name === 'eth0',
      filter: (deviceOf) => (words, first) =>
        deviceOf(3) === 'eth0' && (words[first + PACKET_ROW.length] ?? 0) > 101,
    });
    turn(recordsOf([3, 4, 3, 4, 3]));
    assert.deepEqual(
      packets().map(({ lengthBytes }) => lengthBytes),
      [102, 104],
    );
    assert.deepEqual(counts(), { rows: 2, filtered: 1, sampledOut: 0, missed: 0 });
  });

  it('samples at random, and a row stands for those passed over', () => {
    const { turn, open } = setUp();
    const { packets, counts, stream } = open({ sample: 4 });
    for (let turns = 0; turns < 10; turns++) {
      turn(recordsOf(new Array(1_000).fill(3)));
      stream.taken(1_000);
    }
    assert.equal(sumOf(counts()), 10_000);
    assert.ok(counts().rows > 2_200 && counts().rows < 2_800, `${counts().rows} rows`);
    assert.equal(packets()[0]?.weight, 8);
  });

  it('holds a bounded part for a reader that takes nothing, counts the rest, and goes on when it does', () => {
    const { turn, open, taps } = setUp();
    const { packets, counts, stream } = open();
    for (let turns = 0; turns < 40; turns++) {
      turn(recordsOf(new Array(1_000).fill(3)));
    }
    assert.ok(packets().length <= MAX_UNTAKEN && packets().length > MAX_UNTAKEN - 1_024);
    stream.taken(packets().length);
    turn(recordsOf([3]));
    assert.equal(sumOf(counts()), 40_001);
    assert.deepEqual(taps.state(), { open: 1, rows: counts().rows, missed: counts().missed });
  });

  it('counts a batch that is lost as missed', () => {
    const { turn, open } = setUp();
    let isLost = true;
    const seen: PacketBatch[] = [];
    open({ post: (batch) => !isLost && seen.push(batch) > 0 });
    turn(recordsOf([3, 3]));
    isLost = false;
    turn(recordsOf([3]));
    assert.deepEqual(seen[0]?.counts, { rows: 1, filtered: 0, sampledOut: 0, missed: 2 });
  });

  it('takes a millisecond of a turn for all readers, and none is always the last', () => {
    const { taps, turn, open, clock } = setUp();
    const readers = [open(), open(), open()];
    clock.step = 0.1;
    for (let turns = 0; turns < 30; turns++) {
      turn(recordsOf(new Array(1_024).fill(3)));
      for (const { stream } of readers) {
        stream.taken(1_024);
      }
    }
    clock.nowMs += 1_000;
    taps.flush();
    for (const { counts } of readers) {
      assert.equal(sumOf(counts()), 30 * 1_024);
      assert.ok(counts().missed > 10_000, `${counts().missed} missed`);
      assert.ok(counts().rows > 1_000, `${counts().rows} rows`);
    }
  });

  it('tells the counts each second also where no packet comes', () => {
    const { taps, open, clock } = setUp();
    const { batches } = open();
    for (let turns = 0; turns < 5; turns++) {
      taps.flush();
    }
    assert.equal(batches.length, 1);
    clock.nowMs += 1_000;
    taps.flush();
    assert.equal(batches.length, 2);
  });

  it('costs nothing without readers, refuses a ninth, and keeps what those that left were given', () => {
    const { taps, turn, open } = setUp();
    assert.equal(taps.isIdle, true);
    const readers = Array.from({ length: 8 }, () => open());
    assert.throws(() => open(), /^ExporterError: read packets: 8 readers are connected; stop one/);
    turn(recordsOf([3]));
    for (const { stream } of readers) {
      stream.close();
      stream.close();
    }
    assert.equal(taps.isIdle, true);
    assert.deepEqual(taps.state(), { open: 0, rows: 8, missed: 0 });
    open();
  });
});
