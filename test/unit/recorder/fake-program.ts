// SPDX-License-Identifier: Apache-2.0
// The program's side of a mapped ring, in memory: writes records as record_plain() in bpf/recorder.h does.
import { allocate } from '../../../src/ffi/memory.ts';
import { RECORD, RING } from '../../../src/kernel/layout.ts';
import type { TakeRecords } from '../../../src/recorder/record.ts';

const { source, length, weight, slot, protocol, class: kind, mark } = RECORD.offsets;

/** An IPv4 packet that was passed, of UDP. */
const PASSED_IPV4 = 2 | (1 << 3);
const UDP = 17;

/** What a test's reader is told there is. */
export const SLOTS = 8;

/** Sound record `id` of the program, whose slot is that of its id. */
export function writeRecord(memory: Buffer, id: number, position: bigint): void {
  memory.fill(0, 0, RECORD.sizeBytes);
  memory.writeUInt32LE(id, source);
  memory.writeUInt32LE(60, length);
  memory.writeUInt32LE(1, weight);
  memory.writeUInt16LE(id % SLOTS, slot);
  memory.writeUInt8(UDP, protocol);
  memory.writeUInt8(PASSED_IPV4, kind);
  memory.writeUInt16LE(Number((position ^ (position >> 16n)) & 0xffffn), mark);
}

export class FakeProgram {
  readonly memory: Buffer;
  readonly records: number;
  /** Ids of the records that found room. */
  readonly sent: number[] = [];
  ringFull = 0;

  /** @param start where head and tail begin */
  constructor(records: number, start = 0n) {
    this.records = records;
    this.memory = allocate(RING.sizeBytes + records * RECORD.sizeBytes);
    this.head = start;
    this.tail = start;
  }

  get head(): bigint {
    return this.memory.readBigUInt64LE(RING.offsets.head);
  }

  set head(position: bigint) {
    this.memory.writeBigUInt64LE(BigInt.asUintN(64, position), RING.offsets.head);
  }

  get tail(): bigint {
    return this.memory.readBigUInt64LE(RING.offsets.tail);
  }

  set tail(position: bigint) {
    this.memory.writeBigUInt64LE(BigInt.asUintN(64, position), RING.offsets.tail);
  }

  /** The record that lies where that of the position would. */
  place(position: bigint): Buffer {
    const index = Number(BigInt.asUintN(64, position) % BigInt(this.records));
    return this.memory.subarray(RING.offsets.records + index * RECORD.sizeBytes);
  }

  /** So many packets, whose ids go on where the last ones ended. */
  send(packets: number): void {
    for (let packet = 0; packet < packets; packet++) {
      const { head } = this;
      if (BigInt.asUintN(64, head - this.tail) >= BigInt(this.records - 1)) {
        this.ringFull++;
        continue;
      }
      writeRecord(this.place(head), this.sent.length, head);
      this.sent.push(this.sent.length);
      this.head = head + 1n;
    }
  }
}

/** A taker that keeps the ids, and the sizes of the runs that they came in. */
export class Taken {
  readonly ids: number[] = [];
  readonly runs: number[] = [];
  readonly cpus = new Set<number>();

  readonly take: TakeRecords = (words, first, count, cpu) => {
    this.cpus.add(cpu);
    this.runs.push(count);
    for (let record = 0; record < count; record++) {
      this.ids.push(words[first + record * (RECORD.sizeBytes / 4) + source / 4] as number);
    }
  };
}

export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
