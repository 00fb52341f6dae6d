// SPDX-License-Identifier: Apache-2.0
// Packets by device and receive queue, in memory that does not grow.
import { RECORD } from '../kernel/layout.ts';
import type { QueuePackets } from '../snapshot/queue-packets.ts';
import type { TakeRecords } from './record.ts';

// Not imported from record.ts: V8 takes constants of the own module as such, and loads others each time.
const RECORD_WORDS = RECORD.sizeBytes / 4;
const WEIGHT = RECORD.offsets.weight / 4;
const SLOT = RECORD.offsets.slot / 4;
const SLOT_BITS = 0xffff;
/** The word of the tag, in its lower half, and the queue. */
const QUEUE = RECORD.offsets.vlan / 4;
const QUEUE_SHIFT = 16;

/** Queues of a device that are told apart. A device has as many as the machine has CPUs, as a rule, and many at most this. */
export const MAX_QUEUES = 128;

/** Behind its queues, each slot has a place for all others. */
const PLACES = MAX_QUEUES + 1;

export class QueueCounts {
  /** For every ring. */
  readonly take: TakeRecords;
  readonly #packets: Float64Array;

  /** @param slots that records may have */
  constructor(slots: number) {
    this.#packets = new Float64Array(slots * PLACES);
    this.take = createIntake(this.#packets);
  }

  snapshot(slot: number): QueuePackets {
    const places = this.#packets.subarray(slot * PLACES, (slot + 1) * PLACES);
    const queues = 1 + places.findLastIndex((packets, queue) => queue < MAX_QUEUES && packets > 0);
    return { packets: places.slice(0, queues), other: places[MAX_QUEUES] ?? 0 };
  }

  /** Forgets everything of a slot that another device is to have. */
  clearSlot(slot: number): void {
    this.#packets.fill(0, slot * PLACES, (slot + 1) * PLACES);
  }
}

function createIntake(packets: Float64Array): TakeRecords {
  return (words, first, count) => {
    const end = first + count * RECORD_WORDS;
    let at = first;
    while (at < end) {
      const slot = (words[at + SLOT] as number) & SLOT_BITS;
      const queue = (words[at + QUEUE] as number) >>> QUEUE_SHIFT;
      let sum = 0;
      // A queue's packets are worked on by one CPU, so that the records of its ring are mostly of one queue.
      do {
        sum += words[at + WEIGHT] as number;
        at += RECORD_WORDS;
      } while (
        at < end &&
        (words[at + QUEUE] as number) >>> QUEUE_SHIFT === queue &&
        ((words[at + SLOT] as number) & SLOT_BITS) === slot
      );
      const place = slot * PLACES + Math.min(queue, MAX_QUEUES);
      packets[place] = (packets[place] as number) + sum;
    }
  };
}
