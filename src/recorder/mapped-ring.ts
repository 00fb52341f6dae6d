// SPDX-License-Identifier: Apache-2.0
// Reads a ring that programs write to in this process's own memory. Knows only bytes, so tests feed it theirs.
import { ExporterError } from '../errors.ts';
import { RECORD, RING } from '../kernel/layout.ts';
import { Positions } from './positions.ts';
import { giveSound, RECORD_WORDS, type TakeRecords } from './record.ts';
import type { RecordRing } from './ring.ts';

/** How many records are read before their room is given back: enough that the line of `tail` is rarely written to. */
const COMMIT_RECORDS = 1024;

/**
 * Records that are copied, checked and taken together: 16 KiB, which stay in the first-level cache meanwhile. As many as
 * TIMED_RECORDS of bpf/ring.h, so that the one of them that has a time is the first.
 */
const COPY_RECORDS = 256;

/**
 * Records are copied here before they are checked, since another process could change them between the check and
 * the use. It costs about 1.6 ns a record. One for all rings: a drain ends before another begins.
 */
const copy = new Uint32Array(COPY_RECORDS * RECORD_WORDS);

/**
 * A reader of a struct xdp_ring. Memory that another process has damaged costs records, never more: each drain ends,
 * takes at most what the ring holds, and goes on at `head` where the positions make no sense.
 *
 * Damage is found where it can be told from what a program does. Whoever writes sound records with their marks
 * forges packets, and a head that is set back to a place that was not read yet loses those behind it: the latter
 * stay pending in the loss budget.
 */
export class MappedRing implements RecordRing {
  readonly cpu: number;
  readonly sizeBytes: number;
  fill = 0;
  damagedRecords = 0;
  readonly #slots: number;
  readonly #records: number;
  readonly #positions: Positions;
  #words: Uint32Array;
  #damagedHeads = 0;

  /**
   * @param memory a struct xdp_ring with a power of two of records
   * @param slots that records may have
   */
  constructor(cpu: number, memory: Buffer, slots: number) {
    const { buffer, byteOffset, length } = memory;
    this.cpu = cpu;
    this.#slots = slots;
    this.sizeBytes = length - RING.sizeBytes;
    this.#records = this.sizeBytes / RECORD.sizeBytes;
    if (!(this.#records >= 2 && Number.isInteger(Math.log2(this.#records)))) {
      throw new ExporterError(`read mapped ring: ${this.sizeBytes} bytes are not 2, 4, 8… records`);
    }
    this.#positions = new Positions(memory, RING.offsets.head, RING.offsets.tail);
    this.#words = new Uint32Array(buffer, byteOffset + RING.offsets.records, this.sizeBytes / 4);
  }

  get damagedPositions(): number {
    return this.#damagedHeads + this.#positions.damages;
  }

  drain(take: TakeRecords): number {
    const head = this.#positions.loadHead();
    this.#positions.repair();
    const unread = this.#positions.unread(head);
    // A program leaves one place free: see has_room() in bpf/ring.h.
    if (unread < 0 || unread >= this.#records) {
      this.fill = 0;
      this.#damagedHeads++;
      this.#positions.commit(head);
      return 0;
    }
    this.fill = unread / this.#records;
    const damagedBefore = this.damagedRecords;
    for (let left = unread; left > 0; ) {
      const count = Math.min(left, COMMIT_RECORDS);
      this.#take(count, take);
      left -= count;
    }
    return unread - (this.damagedRecords - damagedBefore);
  }

  /** Lets go of the memory, which may then be unmapped: using this ring is an error from here on. */
  detach(): void {
    this.#positions.detach();
    this.#words = new Uint32Array(0);
  }

  /** Takes so many, then gives their room back; where `take` throws, that of those that it was given. */
  #take(count: number, take: TakeRecords): void {
    const start = this.#positions.read;
    const first = Number(BigInt.asUintN(32, start));
    let done = 0;
    try {
      while (done < count) {
        const position = first + done;
        const index = position & (this.#records - 1);
        const untilTimed = COPY_RECORDS - (position & (COPY_RECORDS - 1));
        const size = Math.min(count - done, this.#records - index, untilTimed);
        const at = index * RECORD_WORDS;
        copy.set(this.#words.subarray(at, at + size * RECORD_WORDS));
        done += size;
        this.#give(position, size, take);
      }
    } finally {
      this.#positions.commit(BigInt.asUintN(64, start + BigInt(done)));
    }
  }

  #give(position: number, count: number, take: TakeRecords): void {
    const soundness = { slots: this.#slots, position, step: 1 } as const;
    this.damagedRecords += giveSound(copy, 0, count, soundness, (words, first, sound) =>
      take(words, first, sound, this.cpu),
    );
  }
}
