// SPDX-License-Identifier: Apache-2.0
// Walks the table for the strongest keys of each device that have no series, a bounded part at a time.
import type { KeyTable } from './key-table.ts';
import { STATES, slotOfTag, stateOfTag } from './key-tag.ts';

/** Less than a millisecond's work. The default table is one part, one of a million entries is eight. */
const PART_ENTRIES = 1 << 17;

/** A walk over the table that begins again when it is over. */
export interface Sweep {
  /** Looks at the next part. True when it was the last, and `challengers` are complete. */
  advance(): boolean;
  /** At most `limit` entries of the slot, the strongest first. */
  challengers(slot: number): readonly number[];
}

/**
 * @param limit challengers a slot
 * @param barOf the least score that makes a challenger in a slot; above 0, since empty entries have that
 */
export function createSweep(
  table: KeyTable,
  limit: number,
  barOf: (slot: number) => number,
): Sweep {
  const { tags, scores } = table;
  const slots = table.admitted.length;
  const bars = new Float64Array(slots);
  const lists: number[][] = Array.from({ length: slots }, () => []);
  let lowestBar = 0;
  let next = 0;

  function start(): void {
    lowestBar = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < slots; slot++) {
      const bar = barOf(slot);
      bars[slot] = bar;
      lowestBar = Math.min(lowestBar, bar);
      const list = lists[slot];
      if (list !== undefined) {
        list.length = 0;
      }
    }
  }

  /** A function of its own: V8 otherwise gives up at its end, each time, what it has compiled for the loop. */
  function look(from: number, to: number): void {
    for (let entry = from; entry < to; entry++) {
      const score = scores[entry] as number;
      if (score >= lowestBar) {
        consider(entry, score);
      }
    }
  }

  function consider(entry: number, score: number): void {
    const tag = tags[entry] ?? 0;
    const slot = slotOfTag(tag);
    const list = lists[slot];
    if (list === undefined || score < (bars[slot] ?? 0) || stateOfTag(tag) === STATES.joined) {
      return;
    }
    list.push(entry);
    if (list.length >= 2 * limit) {
      keepStrongest(list);
      // Above the weakest: where all scores are alike, each would be let in, and all sorted again.
      bars[slot] = (scores[list[limit - 1] ?? 0] ?? 0) * (1 + Number.EPSILON);
    }
  }

  function keepStrongest(list: number[]): void {
    list.sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0));
    list.length = Math.min(list.length, limit);
  }

  return {
    advance() {
      if (next === 0) {
        start();
      }
      const end = Math.min(next + PART_ENTRIES, scores.length);
      look(next, end);
      next = end % scores.length;
      return next === 0;
    },
    challengers(slot) {
      // Since its part was looked at, an entry may have gone to another slot's key.
      const list = (lists[slot] ?? []).filter((entry) => slotOfTag(tags[entry] ?? 0) === slot);
      keepStrongest(list);
      return list;
    },
  };
}
