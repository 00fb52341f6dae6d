// SPDX-License-Identifier: Apache-2.0
// The kernel's side of a perf ring, in memory: writes records as kernel/events/ring_buffer.c does.

import { allocate } from '../../../src/ffi/memory.ts';
import type { PerfRing } from '../../../src/recorder/perf-ring.ts';

export const HEADER_SIZE_BYTES = 4096;
const DATA_HEAD = 1024;
const DATA_TAIL = 1032;

const PERF_RECORD_LOST = 2;
export const PERF_RECORD_SAMPLE = 9;

export class FakePerfRing {
  readonly memory: Buffer;
  readonly sizeBytes: number;

  /** @param start where head and tail begin */
  constructor(sizeBytes: number, start = 0n) {
    this.sizeBytes = sizeBytes;
    this.memory = allocate(HEADER_SIZE_BYTES + sizeBytes);
    this.head = start;
    this.memory.writeBigUInt64LE(start, DATA_TAIL);
  }

  get head(): bigint {
    return this.memory.readBigUInt64LE(DATA_HEAD);
  }

  set head(position: bigint) {
    this.memory.writeBigUInt64LE(BigInt.asUintN(64, position), DATA_HEAD);
  }

  get tail(): bigint {
    return this.memory.readBigUInt64LE(DATA_TAIL);
  }

  set tail(position: bigint) {
    this.memory.writeBigUInt64LE(position, DATA_TAIL);
  }

  get freeBytes(): number {
    return this.sizeBytes - Number(BigInt.asUintN(64, this.head - this.tail));
  }

  /** False where there is no room. Like the kernel, never fills the ring to its last byte. */
  sample(data: Buffer): boolean {
    return this.write(PERF_RECORD_SAMPLE, sampleBody(data));
  }

  /** As the kernel says, once there is room again, that there was none. */
  lost(count: bigint): boolean {
    const body = Buffer.alloc(16);
    body.writeBigUInt64LE(count, 8);
    return this.write(PERF_RECORD_LOST, body);
  }

  /** @param sizeBytes what the header says, if that is not the truth */
  write(type: number, body: Buffer, sizeBytes = 8 + body.length): boolean {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(type);
    header.writeUInt16LE(sizeBytes, 6);
    const record = Buffer.concat([header, body]);
    if (record.length >= this.freeBytes) {
      return false;
    }
    const start = Number(this.head % BigInt(this.sizeBytes));
    const data = this.memory.subarray(HEADER_SIZE_BYTES);
    const before = record.copy(data, start);
    record.copy(data, 0, before);
    this.head += BigInt(record.length);
    return true;
  }
}

/** The size, the data, and zeroes up to a multiple of 8; the size includes the zeroes. */
export function sampleBody(data: Buffer, sizeBytes?: number): Buffer {
  const body = Buffer.alloc(Math.ceil((4 + data.length) / 8) * 8);
  body.writeUInt32LE(sizeBytes ?? body.length - 4);
  data.copy(body, 4);
  return body;
}

/** Copies of the samples, with their padding. */
export function drain(ring: PerfRing): Buffer[] {
  const samples: Buffer[] = [];
  ring.drain((words, mask, firstWord, sizeBytes) => {
    const copy = Uint32Array.from(
      { length: Math.ceil(sizeBytes / 4) },
      (_, index) => words[(firstWord + index) & mask] ?? 0,
    );
    samples.push(Buffer.from(copy.buffer, 0, sizeBytes));
  });
  return samples;
}

export function pattern(length: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + seed) & 0xff));
}

/** What a sample of `data` looks like to a visitor. */
export function padded(data: Buffer): Buffer {
  return sampleBody(data).subarray(4);
}
