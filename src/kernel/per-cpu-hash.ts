// SPDX-License-Identifier: Apache-2.0
// Reads a BPF_MAP_TYPE_PERCPU_HASH: all its entries, on every possible CPU, in one call.
import { constants } from 'node:os';
import { SystemError } from '../errors.ts';
import { checkResult, errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import type { PerCpuValues } from './per-cpu-values.ts';

/** Keys and values in one order, which is that of the kernel's buckets. Valid until the next read. */
export interface PerCpuEntries {
  readonly count: number;
  /** u32 words, `wordsPerKey` of each key. */
  readonly keys: Uint32Array;
  readonly values: PerCpuValues;
}

/** What a reader of the map needs; tests give it one of their own. */
export interface PerCpuHashReader {
  read(): PerCpuEntries;
  /** Does nothing where the key is not there. */
  delete(key: readonly number[]): void;
}

interface HashShape {
  /** Words of 32 bits. */
  readonly wordsPerKey: number;
  /** Of one CPU's value. */
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  readonly possibleCpus: number;
}

export class PerCpuHash implements PerCpuHashReader {
  readonly #fd: number;
  readonly #shape: HashShape;
  readonly #keys: Buffer<ArrayBuffer>;
  readonly #values: Buffer<ArrayBuffer>;

  /** @param fd belongs to the caller, and stays open for as long as this is used */
  constructor(fd: number, shape: HashShape) {
    const { wordsPerKey, valueSizeBytes, maxEntries, possibleCpus } = shape;
    this.#fd = fd;
    this.#shape = shape;
    this.#keys = Buffer.from(new ArrayBuffer(maxEntries * wordsPerKey * 4));
    this.#values = Buffer.from(new ArrayBuffer(maxEntries * possibleCpus * valueSizeBytes));
  }

  /** There is room for as many entries as the map can have, so the kernel never has to go on in another call. */
  read(): PerCpuEntries {
    const { wordsPerKey, valueSizeBytes, maxEntries, possibleCpus } = this.#shape;
    const size = Buffer.alloc(4);
    size.writeUInt32LE(maxEntries);
    const { value } = libbpf().bpf_map_lookup_batch(
      this.#fd,
      null,
      Buffer.alloc(4),
      this.#keys,
      this.#values,
      size,
      null,
    );
    // ENOENT is the end of the map.
    if (value < 0 && value !== -constants.errno.ENOENT) {
      throw new SystemError('read per-CPU hash', errnoName(-value));
    }
    return {
      count: size.readUInt32LE(),
      keys: new Uint32Array(this.#keys.buffer, 0, maxEntries * wordsPerKey),
      values: {
        words: new BigUint64Array(this.#values.buffer),
        halves: new Uint32Array(this.#values.buffer),
        wordsPerCpu: valueSizeBytes / 8,
        wordsPerKey: (valueSizeBytes / 8) * possibleCpus,
      },
    };
  }

  delete(key: readonly number[]): void {
    const { value } = libbpf().bpf_map_delete_elem(this.#fd, wordsOf(key));
    if (value !== -constants.errno.ENOENT) {
      checkResult('delete key of per-CPU hash', value);
    }
  }
}

/** As the kernel takes it. */
export function wordsOf(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) {
    bytes.writeUInt32LE(word, index * 4);
  }
  return bytes;
}
