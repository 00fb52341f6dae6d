// SPDX-License-Identifier: Apache-2.0
// A taker that counts records by source address, and checks that each is whole and that times do not go back.
import assert from 'node:assert/strict';
import { RECORD } from '../../../src/kernel/layout.ts';
import type { TakeRecords } from '../../../src/recorder/record.ts';
import { FRAME } from './udp-frame.ts';

const WORDS = RECORD.sizeBytes / 4;

const { offsets } = RECORD;

/** Words of a record. `port` also holds the destination's, 0 here; `flags` also the hop limit. */
const at = {
  source: offsets.source / 4,
  destination: offsets.destination / 4,
  port: offsets.source_port / 4,
  length: offsets.length / 4,
  weight: offsets.weight / 4,
  slot: offsets.slot / 4,
  time: offsets.time / 4,
  vlan: offsets.vlan / 4,
  flags: offsets.tcp_flags / 4,
} as const;

/** Action "pass", family IPv4, well-formed. */
const CLASS = 2 | (1 << 3);

/** Records of frames of `udpFrame`. */
export class SourceCounts {
  /** By source. */
  readonly counts = new Map<number, number>();
  /** By slot. */
  readonly slots = new Map<number, number>();
  /** Each source that differs from the one before. */
  readonly order: number[] = [];
  records = 0;
  weight = 0;
  /** Records that have a time. */
  timed = 0;
  readonly #times: boolean | undefined;
  #lastTime = 0;

  /** @param times each record has the time of its packet, or one in many has; absent: whatever lies there is not looked at */
  constructor(times?: boolean) {
    this.#times = times;
  }

  readonly take: TakeRecords = (words, first, count) => {
    const end = first + count * WORDS;
    for (let record = first; record < end; record += WORDS) {
      this.#count(words, record, record === first);
    }
  };

  #count(words: Uint32Array, record: number, isFirst: boolean): void {
    const source = swap(words[record + at.source] as number);
    if (!isWhole(words, record, source)) {
      const found = [...words.subarray(record, record + WORDS)].map((word) => word.toString(16));
      assert.fail(`record of source ${source}: ${found}`);
    }
    const slot = (words[record + at.slot] as number) & 0xffff;
    this.counts.set(source, (this.counts.get(source) ?? 0) + 1);
    this.slots.set(slot, (this.slots.get(slot) ?? 0) + 1);
    if (this.order.at(-1) !== source) {
      this.order.push(source);
    }
    this.records++;
    this.weight += words[record + at.weight] as number;
    if (this.#times !== undefined) {
      this.#checkTime(words, record, this.#times, isFirst);
    }
  }

  #checkTime(words: Uint32Array, record: number, carriesTimes: boolean, isFirst: boolean): void {
    const time = (words[record + at.time] as number) + (words[record + at.time + 1] ?? 0) * 2 ** 32;
    if (time === 0 && !carriesTimes) {
      return;
    }
    if (time < this.#lastTime || !(carriesTimes || isFirst)) {
      assert.fail(`time ${time} after ${this.#lastTime}`);
    }
    this.timed++;
    this.#lastTime = time;
  }

  /** Of the last record that has one; ns of CLOCK_MONOTONIC. */
  get lastTime(): number {
    return this.#lastTime;
  }
}

function isWhole(words: Uint32Array, record: number, source: number): boolean {
  const port = words[record + at.port] as number;
  return (
    (((port & 0xff) << 8) | (port >>> 8)) === (source & 0xffff) &&
    swap(words[record + at.destination] as number) === FRAME.destination &&
    words[record + at.length] === FRAME.bytes &&
    (words[record + at.slot] as number) >>> 16 === (FRAME.protocol | (CLASS << 8)) &&
    words[record + at.vlan] === 0 &&
    ((words[record + at.flags] as number) & 0xffff) === FRAME.hopLimit << 8
  );
}

/** Network byte order to a number. */
function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
