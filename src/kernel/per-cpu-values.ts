// SPDX-License-Identifier: Apache-2.0
// What a read of a per-CPU array gives, and sums of it over CPUs. Pure: both sides of the border may import it.

/** Values of consecutive keys, of each the parts of all possible CPUs in ascending order, as u64 words. */
export interface PerCpuValues {
  readonly words: BigUint64Array;
  /** The same memory as u32 halves, the low one first: sums of thousands of words take a tenth of BigInt's time. */
  readonly halves: Uint32Array;
  /** Words from one CPU's part to the next: the value's size, rounded up to 8 bytes. */
  readonly wordsPerCpu: number;
  /** Words from one key to the next. */
  readonly wordsPerKey: number;
}

const HIGH_HALF = 2 ** 32;

/** The word at an index of `words`; exact up to 2^53. */
export function numberAt({ halves }: PerCpuValues, word: number): number {
  return (halves[2 * word + 1] as number) * HIGH_HALF + (halves[2 * word] as number);
}

/** The sum over every possible CPU of the word at `first` of the first CPU's part; exact up to 2^53. */
export function sumOverCpus(
  { halves, wordsPerCpu, wordsPerKey }: PerCpuValues,
  first: number,
): number {
  const end = first - (first % wordsPerKey) + wordsPerKey;
  let low = 0;
  let high = 0;
  for (let word = first; word < end; word += wordsPerCpu) {
    low += halves[2 * word] as number;
    high += halves[2 * word + 1] as number;
  }
  return high * HIGH_HALF + low;
}

/** The sums of `length` words, `step` words apart. A loop: typed arrays' `from` takes ten times as long. */
export function sumsOverCpus(
  values: PerCpuValues,
  first: number,
  length: number,
  step = 1,
): Float64Array {
  const sums = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    sums[index] = sumOverCpus(values, first + index * step);
  }
  return sums;
}
