// SPDX-License-Identifier: Apache-2.0
// A table of keys in typed arrays, in sets of eight: no entry ever moves.
import { SET_ENTRIES } from './key-set.ts';
import { STATES, type State, slotOfTag, withState } from './key-tag.ts';

/** Arrays by entry unless said otherwise. All are as large from the start as they will ever be. */
export interface KeyTable {
  /**
   * Some of the hash, the family, the slot and the state, so that one comparison tells almost every stranger, and
   * a tag and an address are all that a lookup must compare.
   */
  readonly tags: Int32Array;
  /** Four words each, as they are in a record. */
  readonly keys: Int32Array;
  /** Packets, the older the less; see decay.ts. */
  readonly scores: Float64Array;
  /** What a packet that arrives now adds to a score. */
  gain: number;
  /** Packets and bytes that the entry's series counted, if it ever had one, and since when. */
  readonly totals: Float64Array;
  readonly startedAtMs: Float64Array;
  /** By slot: keys that got a place, and those of them that had to leave it to another. */
  readonly admitted: Float64Array;
  readonly evicted: Float64Array;
}

/**
 * @param size in entries, rounded up to a power of two
 * @param slots that devices may have, up to `MAX_SLOTS`
 */
export function createKeyTable(size: number, slots: number): KeyTable {
  const entries = Math.max(SET_ENTRIES, 2 ** Math.ceil(Math.log2(size)));
  return {
    tags: new Int32Array(entries),
    keys: new Int32Array(4 * entries),
    scores: new Float64Array(entries),
    gain: 1,
    totals: new Float64Array(2 * entries),
    startedAtMs: new Float64Array(entries),
    admitted: new Float64Array(slots),
    evicted: new Float64Array(slots),
  };
}

/** Changes nothing else in the tag. */
export function setState({ tags }: KeyTable, entry: number, state: State): void {
  tags[entry] = withState(tags[entry] ?? 0, state);
}

/** Adds to one of the counters. */
export function add(counters: Float64Array, index: number, amount: number): void {
  counters[index] = (counters[index] as number) + amount;
}

/** Forgets a slot's keys, whatever their state. */
export function clearTableSlot({ tags, scores, admitted, evicted }: KeyTable, slot: number) {
  for (let entry = 0; entry < tags.length; entry++) {
    const tag = tags[entry] as number;
    if (tag !== STATES.empty && slotOfTag(tag) === slot) {
      tags[entry] = STATES.empty;
      scores[entry] = 0;
    }
  }
  admitted[slot] = 0;
  evicted[slot] = 0;
}
