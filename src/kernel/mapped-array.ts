// SPDX-License-Identifier: Apache-2.0
// A BPF array in this process's own memory: read and written in place, while programs do the same.
import { SystemError } from '../errors.ts';
import { checkErrno, errnoName } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';
import type { Address } from '../ffi/library.ts';
import { pageSizeBytes, viewMemory } from '../ffi/memory.ts';

/** PROT_* and MAP_* in sys/mman.h. */
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

export class MappedArray {
  readonly entries: number;
  readonly #address: Address;
  readonly #memory: Buffer;
  readonly #valueSizeBytes: number;
  readonly #strideBytes: number;
  #closed = false;

  /**
   * Since Linux 5.5.
   * @param fd of a BPF_MAP_TYPE_ARRAY with BPF_F_MMAPABLE; belongs to the caller, who may close it after this
   * @param entries of the map, at most
   */
  constructor(fd: number, valueSizeBytes: number, entries: number) {
    this.entries = entries;
    this.#valueSizeBytes = valueSizeBytes;
    // As array_map_alloc() in kernel/bpf/arraymap.c lays the values out.
    this.#strideBytes = Math.ceil(valueSizeBytes / 8) * 8;
    const pages = Math.ceil((this.#strideBytes * entries) / pageSizeBytes());
    const sizeBytes = pages * pageSizeBytes();
    const mapped = libc().mmap(0, sizeBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped.value < 0) {
      throw new SystemError(
        `map ${sizeBytes} bytes of BPF array`,
        errnoName(mapped.errno),
        'the map must have BPF_F_MMAPABLE, since Linux 5.5',
      );
    }
    this.#address = mapped.value;
    this.#memory = viewMemory(this.#address, sizeBytes);
  }

  /** The value of a key, in place. It begins at a multiple of 8 bytes, and is not to be touched after `close`. */
  entry(index: number): Buffer {
    const start = index * this.#strideBytes;
    return this.#memory.subarray(start, start + this.#valueSizeBytes);
  }

  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      const unmapped = libc().munmap(this.#address, this.#memory.length);
      checkErrno('unmap BPF array', unmapped);
    }
  }
}
