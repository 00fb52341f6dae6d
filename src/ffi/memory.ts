// SPDX-License-Identifier: Apache-2.0
// Crossing between JavaScript's memory and C's: addresses for structs that hold pointers, copies of what C returned.
import { libc } from './libc.ts';
import type { Address } from './library.ts';

/** Zeroed memory that never moves: an ArrayBuffer of its own is outside the garbage collector's heap. */
export function allocate(sizeBytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(sizeBytes));
}

/** Where a Buffer of `allocate` lies. The caller keeps the Buffer reachable for as long as C uses the address. */
export function addressOf(memory: Buffer): Address {
  return libc().memmove(memory, memory, 0).value;
}

/** A copy of `sizeBytes` bytes at `address`, which must be readable. */
export function readMemory(address: Address, sizeBytes: number): Buffer {
  const copy = Buffer.alloc(sizeBytes);
  libc().memcpy(copy, address, sizeBytes);
  return copy;
}
