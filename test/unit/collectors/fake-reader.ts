// SPDX-License-Identifier: Apache-2.0
// A per-CPU map in memory, laid out as the kernel lays it out: key, then possible CPU, then word.
import type { PerCpuReader } from '../../../src/kernel/per-cpu-map.ts';
import type { PerCpuValues } from '../../../src/kernel/per-cpu-values.ts';

export class FakePerCpuReader implements PerCpuReader {
  readonly #words: BigUint64Array;
  readonly #wordsPerCpu: number;
  readonly #wordsPerKey: number;
  /** The counts that were asked for. */
  readonly reads: number[] = [];
  /** Thrown by every read while it is set. */
  failure: unknown;

  constructor(keys: number, possibleCpus: number, wordsPerCpu: number) {
    this.#wordsPerCpu = wordsPerCpu;
    this.#wordsPerKey = possibleCpus * wordsPerCpu;
    this.#words = new BigUint64Array(keys * this.#wordsPerKey);
  }

  /** @param position of the CPU in the list of possible ones */
  set(key: number, position: number, word: number, value: bigint): void {
    this.#words[key * this.#wordsPerKey + position * this.#wordsPerCpu + word] = value;
  }

  read(count: number): PerCpuValues {
    this.reads.push(count);
    if (this.failure !== undefined) {
      throw this.failure;
    }
    const words = this.#words.slice(0, count * this.#wordsPerKey);
    return {
      words,
      halves: new Uint32Array(words.buffer),
      wordsPerCpu: this.#wordsPerCpu,
      wordsPerKey: this.#wordsPerKey,
    };
  }
}
