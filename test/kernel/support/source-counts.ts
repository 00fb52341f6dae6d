// SPDX-License-Identifier: Apache-2.0
// A sink that counts records by source address, and checks that each is whole and that times do not go back.
import assert from 'node:assert/strict';
import type { RecordSink } from '../../../src/collector/batch-reader.ts';

const LENGTH = 60;
const UDP = 17;

export class SourceCounts implements RecordSink {
  readonly counts = new Map<number, number>();
  readonly #slot: number;
  #lastTime = 0;

  constructor(slot: number) {
    this.#slot = slot;
  }

  take(words: Uint32Array, mask: number, first: number, count: number, firstTime: number): void {
    for (let record = 0; record < count; record++) {
      const word = (index: number) => words[(first + record * 8 + index) & mask] ?? 0;
      const source = swap(word(3));
      const port = word(4) & 0xffff;
      assert.equal(((port & 0xff) << 8) | (port >>> 8), source & 0xffff, 'source port');
      assert.equal(word(5), LENGTH, 'length');
      assert.equal(word(6), 1, 'weight');
      assert.equal(word(7) & 0xff_ffff, this.#slot | (UDP << 16), 'slot and protocol');
      this.counts.set(source, (this.counts.get(source) ?? 0) + 1);
      if (firstTime >= 0) {
        this.#checkTime(words, mask, firstTime + record * 2);
      }
    }
  }

  #checkTime(words: Uint32Array, mask: number, word: number): void {
    const time = (words[word & mask] ?? 0) + (words[(word + 1) & mask] ?? 0) * 2 ** 32;
    assert.ok(time >= this.#lastTime, `time ${time} after ${this.#lastTime}`);
    assert.ok(time <= Number(process.hrtime.bigint()), `time ${time} is to come`);
    this.#lastTime = time;
  }
}

/** Network byte order to a number. */
function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
