// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  numberAt,
  type PerCpuValues,
  sumOverCpus,
  sumsOverCpus,
} from '../../../src/kernel/per-cpu-values.ts';

/** Keys of two CPUs with two words each. */
function valuesOf(...words: readonly bigint[]): PerCpuValues {
  const all = BigUint64Array.from(words);
  return { words: all, halves: new Uint32Array(all.buffer), wordsPerCpu: 2, wordsPerKey: 4 };
}

describe('sumOverCpus', () => {
  it('stays within its key, whichever word it begins at', () => {
    const values = valuesOf(1n, 2n, 3n, 4n, 10n, 20n, 30n, 40n);
    assert.equal(sumOverCpus(values, 0), 4);
    assert.equal(sumOverCpus(values, 1), 6);
    assert.equal(sumOverCpus(values, 4), 40);
    assert.equal(sumOverCpus(values, 5), 60);
  });

  it('adds beyond 2^53 in halves, so that only the sum is rounded', () => {
    // Each alone rounds down by one, and so would a sum of numbers by three.
    const odd = 2n ** 53n + 1n;
    const values = { ...valuesOf(odd, odd, odd), wordsPerCpu: 1, wordsPerKey: 3 };
    assert.equal(sumOverCpus(values, 0), Number(3n * odd));
    assert.notEqual(3 * Number(odd), Number(3n * odd));
  });

  it('does not wrap where counters of u64 add up beyond 2^64', () => {
    const most = 2n ** 64n - 1n;
    assert.equal(sumOverCpus(valuesOf(most, 0n, most, 0n), 0), 2 ** 65);
  });
});

describe('sumsOverCpus', () => {
  it('sums words that follow one another', () => {
    assert.deepEqual([...sumsOverCpus(valuesOf(1n, 2n, 3n, 4n), 0, 2)], [4, 6]);
  });

  it('sums words that are some steps apart', () => {
    const words = BigUint64Array.from([1n, 0n, 2n, 0n, 10n, 0n, 20n, 0n]);
    const halves = new Uint32Array(words.buffer);
    const values = { words, halves, wordsPerCpu: 4, wordsPerKey: 8 };
    assert.deepEqual([...sumsOverCpus(values, 0, 2, 2)], [11, 22]);
  });
});

describe('numberAt', () => {
  it('gives a word as it is, up to 2^53', () => {
    const values = valuesOf(7n, 2n ** 53n, 2n ** 32n - 1n, 0n);
    assert.deepEqual(
      [0, 1, 2, 3].map((word) => numberAt(values, word)),
      [7, 2 ** 53, 2 ** 32 - 1, 0],
    );
  });
});
