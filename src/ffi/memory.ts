// SPDX-License-Identifier: Apache-2.0
// Crossing between JavaScript's memory and C's: addresses for structs that hold pointers, copies of what C returned.
import { ffi } from './addon.ts';
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

/** A copy of the text that begins at `address` and ends with a NUL. */
export function readText(address: Address): string {
  return readMemory(address, libc().strlen(address).value).toString();
}

/**
 * The `sizeBytes` bytes at `address` in place, not a copy. They must stay mapped for as long as the view is
 * used: one read after that ends the process.
 */
export function viewMemory(address: Address, sizeBytes: number): Buffer {
  libc();
  const { createExternalBuffer, DataType, load } = ffi();
  // Moving nothing gives the address back, this time as the object that ffi-rs wants for a pointer.
  const pointer = load({
    library: 'c',
    funcName: 'memmove',
    retType: DataType.External,
    paramsType: [DataType.I64, DataType.I64, DataType.I64],
    paramsValue: [address, address, 0],
  });
  return createExternalBuffer(pointer, sizeBytes);
}

/** What the kernel maps memory in: 4 KiB, or up to 64 KiB on arm64. */
export function pageSizeBytes(): number {
  return libc().getpagesize().value;
}

/** Gives memory that C has freed back to the system; glibc would keep it for later. */
export function releaseFreeMemory(): void {
  libc().malloc_trim(0);
}
