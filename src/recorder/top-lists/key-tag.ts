// SPDX-License-Identifier: Apache-2.0
// The tag of a table's entry: some of its key's hash, the family, the slot and the state in one word.
import type { AddressFamily } from '../../snapshot/address.ts';

// In the hot path, here, in key-set.ts and in key-counter.ts, indices are in range by construction: `as number`,
// since `?? 0` costs the optimiser its budget for inlining. Constants of the hot path are not exported, as those
// would be loads.

/** Devices that a tag can tell apart. */
const MAX_SLOTS = 4096;

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
const SLOT_BITS = MAX_SLOTS - 1;
/** Set in the tags of IPv6 addresses: the same words are another key in the other family. */
const IPV6_SHIFT = 15;
const HASH_BITS = -1 << 16;
/** In every tag but that of an empty entry, which is 0. */
const OCCUPIED_BIT = 1 << 31;

/**
 * The tag of a key that is only tracked.
 * @param isIpv6 1 or 0
 */
export function tagOf(hash: number, slot: number, isIpv6: number): number {
  return (
    OCCUPIED_BIT | (hash & HASH_BITS) | (isIpv6 << IPV6_SHIFT) | (slot << SLOT_SHIFT) | TRACKED
  );
}

/** One of `STATES`. */
export function stateOfTag(tag: number): number {
  return tag & STATE_BITS;
}

/** The slot of the device that the key was seen at. */
export function slotOfTag(tag: number): number {
  return (tag >>> SLOT_SHIFT) & SLOT_BITS;
}

/** What the address is of. */
export function familyOfTag(tag: number): AddressFamily {
  return ((tag >>> IPV6_SHIFT) & 1) === 1 ? 'ipv6' : 'ipv4';
}

/** The tag in another state. */
export function withState(tag: number, state: State): number {
  return (tag & ~STATE_BITS) | state;
}

/** Whether two tags differ in their states at most. */
export function isAlike(one: number, other: number): boolean {
  return (one ^ other) >>> SLOT_SHIFT === 0;
}

/** Whether the entry has a series, and so keeps its place. */
export function isPinned(tag: number): boolean {
  return (tag & PINNED_BIT) !== 0;
}
