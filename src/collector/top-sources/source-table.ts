// SPDX-License-Identifier: Apache-2.0
// A table of sources in typed arrays, in sets of eight: no lookup leaves its set, and no entry ever moves.
import { MAX_DEVICES } from '../../kernel/abi.ts';

// In the hot path, here and in intake.ts, indices are in range by construction: `as number`, since `?? 0` costs
// the optimiser its budget for inlining. Constants of the hot path are not exported, as those would be loads.

/** Entries in a set, and so the most that a lookup probes. Eight scores are a cache line. */
const WAYS = 8;
const WAYS_SHIFT = 3;

const EMPTY = 0;
const TRACKED = 1;

/** Where an entry stands: the low bits of its tag. */
export const STATES = {
  empty: EMPTY,
  tracked: TRACKED,
  /** Was exported once: its totals are kept for as long as nobody needs the place. */
  left: 2,
  joined: 4,
  frozen: 5,
} as const;

/** One of `STATES`. */
export type State = (typeof STATES)[keyof typeof STATES];

/** In the tags of joined and frozen entries, which may not be evicted. */
const PINNED_BIT = 4;
const STATE_BITS = 7;
const SLOT_SHIFT = 3;
const SLOT_BITS = MAX_DEVICES - 1;
const HASH_BITS = -1 << 11;
/** In every tag but that of an empty entry, which is 0. */
const OCCUPIED_BIT = 1 << 31;

/** Arrays by entry unless said otherwise. All are as large from the start as they will ever be. */
export interface SourceTable {
  /** Some of the hash, the slot and the state: one comparison tells almost every stranger. */
  readonly tags: Int32Array;
  /** Four words each, as they are in memory. */
  readonly addresses: Int32Array;
  /** Packets, the older the less; see decay.ts. */
  readonly scores: Float64Array;
  /** What a packet that arrives now adds to a score. */
  gain: number;
  /** Packets and bytes that the entry's series counted, if it ever had one, and since when. */
  readonly totals: Float64Array;
  readonly startedAtMs: Float64Array;
  /** By slot: sources that got a place, and those of them that had to leave it to another. */
  readonly admitted: Float64Array;
  readonly evicted: Float64Array;
}

/** @param size in entries, rounded up to a power of two */
export function createSourceTable(size: number): SourceTable {
  const entries = Math.max(WAYS, 2 ** Math.ceil(Math.log2(size)));
  return {
    tags: new Int32Array(entries),
    addresses: new Int32Array(4 * entries),
    scores: new Float64Array(entries),
    gain: 1,
    totals: new Float64Array(2 * entries),
    startedAtMs: new Float64Array(entries),
    admitted: new Float64Array(MAX_DEVICES),
    evicted: new Float64Array(MAX_DEVICES),
  };
}

/** The tag of a source that is only tracked. */
export function tagOf(hash: number, slot: number): number {
  return OCCUPIED_BIT | (hash & HASH_BITS) | (slot << SLOT_SHIFT) | TRACKED;
}

/** One of `STATES`. */
export function stateOfTag(tag: number): number {
  return tag & STATE_BITS;
}

/** The slot of the device that the source sends to. */
export function slotOfTag(tag: number): number {
  return (tag >>> SLOT_SHIFT) & SLOT_BITS;
}

/** Changes nothing else in the tag. */
export function setState({ tags }: SourceTable, entry: number, state: State): void {
  tags[entry] = ((tags[entry] ?? 0) & ~STATE_BITS) | state;
}

/** The first entry of the set that a hash leads to. */
export function firstOfSet(entries: number, hash: number): number {
  return (hash << WAYS_SHIFT) & (entries - WAYS);
}

/** The entry of a source in the set that begins at `first`, or -1. */
export function find(
  tags: Int32Array,
  addresses: Int32Array,
  first: number,
  tag: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  const end = first + WAYS;
  for (let entry = first; entry < end; entry++) {
    if (
      ((tags[entry] as number) ^ tag) >>> SLOT_SHIFT === 0 &&
      addresses[4 * entry + 3] === d &&
      addresses[4 * entry + 2] === c &&
      addresses[4 * entry + 1] === b &&
      addresses[4 * entry] === a
    ) {
      return entry;
    }
  }
  return -1;
}

/** The entry that a newcomer may have, or -1 where the whole set is pinned. An empty one has no score: it is first. */
export function findWeakest(tags: Int32Array, scores: Float64Array, first: number): number {
  const end = first + WAYS;
  let weakest = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let entry = first; entry < end; entry++) {
    const score = scores[entry] as number;
    if (score < least && ((tags[entry] as number) & PINNED_BIT) === 0) {
      weakest = entry;
      least = score;
    }
  }
  return weakest;
}

/** Adds to one of the counters. */
export function add(counters: Float64Array, index: number, amount: number): void {
  counters[index] = (counters[index] as number) + amount;
}

/** Forgets a slot's sources, whatever their state. */
export function clearTableSlot({ tags, scores, admitted, evicted }: SourceTable, slot: number) {
  for (let entry = 0; entry < tags.length; entry++) {
    const tag = tags[entry] as number;
    if (tag !== EMPTY && slotOfTag(tag) === slot) {
      tags[entry] = EMPTY;
      scores[entry] = 0;
    }
  }
  admitted[slot] = 0;
  evicted[slot] = 0;
}
