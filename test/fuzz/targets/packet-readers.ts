// SPDX-License-Identifier: Apache-2.0
// What copies records for `log` and for the live page: each is in a row, or counted once among those that are in none.
import assert from 'node:assert/strict';
import { PacketRowSink } from '../../../src/recorder/packet-rows.ts';
import { PacketTaps } from '../../../src/recorder/packet-taps.ts';
import { PACKET_ROW, PACKET_WORDS } from '../../../src/snapshot/packet.ts';
import type { PacketCounts } from '../../../src/snapshot/packet-stream.ts';
import { fieldsOf, SLOTS, WORDS, writeAll } from '../records.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

const MOST = 200;
const words = new Uint32Array(MOST * WORDS);
const DEVICES = Object.fromEntries(Array.from({ length: SLOTS }, (_, slot) => [slot, `e${slot}`]));

/** Any test will do that is of the row alone. */
const passes = (row: Uint32Array, first: number) =>
  ((row[first + PACKET_ROW.source] ?? 0) & 1) === 0;

interface Reader {
  readonly wants: (slot: number) => boolean;
  rows: number;
  counts: PacketCounts;
}

const NONE: PacketCounts = { rows: 0, filtered: 0, sampledOut: 0, missed: 0 };

/** Reads on a clock that the script sets. */
class Stream {
  readonly #script: Script;
  readonly #taps: PacketTaps;
  readonly #readers: Reader[] = [];
  #nowMs = 0;

  constructor(script: Script) {
    this.#script = script;
    const look = () => ({
      devices: DEVICES,
      sampleInterval: 1,
      nowMs: this.#nowMs,
      nowNs: BigInt(Math.floor(this.#nowMs * 1e6)),
    });
    this.#taps = new PacketTaps(look, () => this.#nowMs);
  }

  open(): void {
    const kind = this.#script.u8();
    const slot = kind % SLOTS;
    const wants = (kind & 16) === 0 ? () => true : (other: number) => other === slot;
    const reader: Reader = { wants, rows: 0, counts: NONE };
    const stream = this.#taps.open({
      ...((kind & 16) === 0 ? {} : { wantsDevice: (name: string) => name === `e${slot}` }),
      ...((kind & 32) === 0 ? {} : { filter: () => passes }),
      sample: 1 + ((kind >> 6) & 1),
      post: (batch) => {
        const rows = batch.words.length / PACKET_WORDS;
        const isTaken = (this.#script.u8() & 7) !== 7;
        reader.counts = isTaken ? batch.counts : undoPost(batch.counts, rows);
        reader.rows += isTaken ? rows : 0;
        stream.taken((kind & 8) === 0 ? rows : 0);
        return isTaken;
      },
    });
    this.#readers.push(reader);
  }

  turn(count: number): void {
    this.#nowMs += (this.#script.u8() & 3) === 3 ? 0.7 : 0;
    this.#taps.take(words, 0, count, this.#script.u8());
    // All counts are told once a second at least.
    this.#nowMs += 2_000;
    this.#taps.flush();
  }

  assertEach(slots: readonly number[]): void {
    for (const { wants, rows, counts } of this.#readers) {
      const { filtered, sampledOut, missed } = counts;
      assert.equal(counts.rows, rows);
      assert.equal(rows + filtered + sampledOut + missed, slots.filter(wants).length);
    }
    const { rows } = this.#taps.state();
    assert.equal(
      rows,
      this.#readers.reduce((sum, reader) => sum + reader.rows, 0),
    );
  }
}

/** What a tap counts once it is told that a batch is lost. */
function undoPost(counts: PacketCounts, rows: number): PacketCounts {
  return { ...counts, rows: counts.rows - rows, missed: counts.missed + rows };
}

/** The rows of `log`, which say their record word for word. */
class Sink {
  readonly #sink: PacketRowSink;
  readonly #records: Uint32Array[] = [];
  #rows = 0;

  constructor() {
    this.#sink = new PacketRowSink((posted) => {
      for (let first = 0; first < posted.length; first += PACKET_WORDS) {
        const wanted = this.#records[this.#rows++];
        assert.ok(wanted?.every((word, index) => word === posted[first + index]));
      }
      this.#sink.written(posted.length / PACKET_WORDS);
    }, passes);
  }

  take(count: number, cpu: number): void {
    for (let record = 0; record < count; record++) {
      const row = new Uint32Array(PACKET_WORDS);
      row.set(words.subarray(record * WORDS, (record + 1) * WORDS));
      row[PACKET_ROW.cpu] = cpu;
      if (passes(row, 0)) {
        this.#records.push(row);
      }
    }
    this.#sink.take(words, 0, count, cpu);
  }

  assertAll(records: number): void {
    this.#sink.flush();
    assert.equal(this.#rows, this.#records.length);
    assert.equal(this.#sink.filteredOut, records - this.#rows);
  }
}

export const packetReaders: Target = {
  name: 'packet-readers',
  maxBytes: 1024,
  run(input) {
    const script = new Script(input);
    const stream = new Stream(script);
    const sink = new Sink();
    for (let readers = script.u8() % 4; readers > 0; readers--) {
      stream.open();
    }
    const slots: number[] = [];
    let turns = 0;
    do {
      const count = writeAll(words, 1 + (script.u8() % MOST), script);
      for (let record = 0; record < count; record++) {
        slots.push(fieldsOf(words, record * WORDS).slot);
      }
      sink.take(count, script.u8());
      stream.turn(count);
      turns++;
    } while (!script.isOver);
    stream.assertEach(slots);
    sink.assertAll(slots.length);
    return turns;
  },
};
