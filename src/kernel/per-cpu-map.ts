// SPDX-License-Identifier: Apache-2.0
// Reads a BPF_MAP_TYPE_PERCPU_ARRAY: every key's value on every possible CPU, in one call where the kernel can.
import { constants } from 'node:os';
import { checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import type { PerCpuValues } from './per-cpu-values.ts';

/** What collectors need of a per-CPU map; tests give them one of their own. */
export interface PerCpuReader {
  /** The values of keys 0..count-1. Valid until the next read. */
  read(count: number): PerCpuValues;
}

/** EINVAL: no batches at all. ENOTSUPP of the kernel, which has no name outside of it: none of this type of map. */
const NO_SUCH_CALL: readonly number[] = [constants.errno.EINVAL, 524];

/** Beyond any kernel's NR_CPUS. */
const MOST_CPUS = 8192;

/**
 * How many CPUs the kernel writes a part of each value for, whatever list of CPUs this process is shown: a container
 * may be shown fewer, and a buffer for those would be overrun.
 * @param fd of a map whose key 0 is all zero on every CPU
 */
export function countCpuParts(fd: number, valueSizeBytes: number): number {
  const bytesPerCpu = Math.ceil(valueSizeBytes / 8) * 8;
  const value = Buffer.alloc(MOST_CPUS * bytesPerCpu, 0xff);
  const result = libbpf().bpf_map_lookup_elem(fd, keyOf(0), value);
  checkResult('count CPUs of per-CPU map', result.value);
  const end = value.indexOf(0xff);
  return (end < 0 ? value.length : end) / bytesPerCpu;
}

export class PerCpuMap implements PerCpuReader {
  readonly #fd: number;
  readonly #bytesPerCpu: number;
  readonly #bytesPerKey: number;
  #values = Buffer.alloc(0);
  #keys = Buffer.alloc(0);
  #batched = true;

  /**
   * @param fd belongs to the caller, and stays open for as long as this is used
   * @param valueSizeBytes of one CPU's value
   * @param possibleCpus not online ones: the kernel writes a part for every CPU that could exist, and a
   *   buffer for fewer would be overrun
   */
  constructor(fd: number, valueSizeBytes: number, possibleCpus: number) {
    this.#fd = fd;
    this.#bytesPerCpu = Math.ceil(valueSizeBytes / 8) * 8;
    this.#bytesPerKey = this.#bytesPerCpu * possibleCpus;
  }

  read(count: number): PerCpuValues {
    this.#reserve(count);
    if (!this.#readBatch(count)) {
      this.#readEach(count);
    }
    const { buffer, byteOffset } = this.#values;
    const sizeBytes = count * this.#bytesPerKey;
    return {
      words: new BigUint64Array(buffer, byteOffset, sizeBytes / 8),
      halves: new Uint32Array(buffer, byteOffset, sizeBytes / 4),
      wordsPerCpu: this.#bytesPerCpu / 8,
      wordsPerKey: this.#bytesPerKey / 8,
    };
  }

  /** The kernel gives all keys in one call, as far as the last read could tell. */
  get isBatched(): boolean {
    return this.#batched;
  }

  /** Sets a key to zero on every CPU. */
  clear(key: number): void {
    const zero = Buffer.alloc(this.#bytesPerKey);
    const result = libbpf().bpf_map_update_elem(this.#fd, keyOf(key), zero, 0);
    checkResult(`clear key ${key} of per-CPU map`, result.value);
  }

  #reserve(count: number): void {
    if (this.#values.length < count * this.#bytesPerKey) {
      this.#values = Buffer.from(new ArrayBuffer(count * this.#bytesPerKey));
      this.#keys = Buffer.alloc(count * 4);
    }
  }

  /** Since Linux 5.13 for per-CPU arrays. False where that failed; a kernel without the call is not asked again. */
  #readBatch(count: number): boolean {
    if (!this.#batched || count === 0) {
      return count === 0;
    }
    const size = Buffer.alloc(4);
    size.writeUInt32LE(count);
    const position = Buffer.alloc(4);
    const { bpf_map_lookup_batch } = libbpf();
    const { value } = bpf_map_lookup_batch(
      this.#fd,
      null,
      position,
      this.#keys,
      this.#values,
      size,
      null,
    );
    this.#batched = !NO_SUCH_CALL.includes(-value);
    return value >= 0 && size.readUInt32LE() === count;
  }

  #readEach(count: number): void {
    for (let key = 0; key < count; key++) {
      const value = this.#values.subarray(key * this.#bytesPerKey);
      const result = libbpf().bpf_map_lookup_elem(this.#fd, keyOf(key), value);
      checkResult(`read key ${key} of per-CPU map`, result.value);
    }
  }
}

function keyOf(key: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(key);
  return bytes;
}
