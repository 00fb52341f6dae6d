// SPDX-License-Identifier: Apache-2.0
// A ring in memory that is filled as the kernel does, and drained by the product's own reader.
import { RECORD, RING } from '../../src/kernel/layout.ts';
import { MappedRing } from '../../src/recorder/mapped-ring.ts';
import { RECORD_WORDS, type TakeRecords } from '../../src/recorder/record.ts';

/** 4 MiB: the largest ring that a CPU gets. */
const RECORDS = 65_536;
const MARK = RECORD.offsets.tcp_flags / 4;
const TIME = RECORD.offsets.time / 4;
/** One in so many has a time, as TIMED_RECORDS in bpf/ring.h; they come as they do at four million packets a second. */
const TIMED_RECORDS = 256;
const GAP_NS = 250;
const UDP = 17;
const DESTINATIONS = 3;
const PORTS = 50;

/** Of the class of a record. */
export const IP_FAMILY = { ipv4: 1, ipv6: 2 } as const;

/** A ring in memory, with what a program would write there: packets of 64 to 575 bytes. */
export class FakeRing {
  readonly #ring: MappedRing;
  readonly #head: BigUint64Array;
  readonly #words: Uint32Array;
  readonly #addresses: number;
  #position = 0;

  constructor(addresses: number, slot: number, family: number, slots: number) {
    const memory = Buffer.alloc(RING.sizeBytes + RECORDS * RECORD.sizeBytes);
    const { buffer, byteOffset } = memory;
    this.#ring = new MappedRing(0, memory, slots);
    this.#head = new BigUint64Array(buffer, byteOffset + RING.offsets.head, 1);
    this.#words = new Uint32Array(buffer, byteOffset + RING.sizeBytes, RECORDS * RECORD_WORDS);
    this.#addresses = addresses;
    for (let record = 0; record < RECORDS; record++) {
      const at = record * RECORD.sizeBytes + RING.sizeBytes;
      memory.writeUInt32LE(64 + (record % 512), at + RECORD.offsets.length);
      memory.writeUInt32LE(1, at + RECORD.offsets.weight);
      memory.writeUInt16LE(slot, at + RECORD.offsets.slot);
      memory.writeUInt8(family << 3, at + RECORD.offsets.class);
      memory.writeUInt8(UDP, at + RECORD.offsets.protocol);
      memory.writeUInt32LE(1 + (record % DESTINATIONS), at + RECORD.offsets.destination);
      memory.writeUInt16BE(1 + (record % PORTS), at + RECORD.offsets.destination_port);
    }
  }

  /** How long a record takes from the ring to `take`. */
  drainTimeNs(take: TakeRecords, nowMs = 0): number {
    this.#fill(nowMs);
    const start = process.hrtime.bigint();
    const drained = this.#ring.drain(take);
    return Number(process.hrtime.bigint() - start) / drained;
  }

  /** With one fewer than there are places, as a program does. */
  #fill(nowMs: number): void {
    for (let record = 1; record < RECORDS; record++, this.#position++) {
      const at = (this.#position % RECORDS) * RECORD_WORDS;
      this.#words[at] = Math.floor(Math.random() * this.#addresses);
      const isTimed = this.#position % TIMED_RECORDS === 0;
      const timeNs = isTimed ? BigInt(Math.round(nowMs * 1e6) + record * GAP_NS) : 0n;
      this.#words[at + TIME] = Number(timeNs & 0xffff_ffffn);
      this.#words[at + TIME + 1] = Number(timeNs >> 32n);
      this.#words[at + MARK] = (this.#position ^ (this.#position >>> 16)) << 16;
    }
    Atomics.store(this.#head, 0, BigInt(this.#position));
  }
}
