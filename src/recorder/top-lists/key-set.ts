// SPDX-License-Identifier: Apache-2.0
// A set of eight entries of the table, which no lookup leaves: who is in it, and who is the weakest.
import { isAlike, isPinned } from './key-tag.ts';

/** Entries in a set, and so the most that a lookup probes. Eight scores are a cache line. */
export const SET_ENTRIES = 8;

const WAYS = SET_ENTRIES;
const WAYS_SHIFT = 3;
/** What is compared of the upper word of a score; the way takes the place of the rest. */
const RANK_BITS = -WAYS;

/** The first entry of the set that a hash leads to. */
export function firstOfSet(entries: number, hash: number): number {
  return (hash << WAYS_SHIFT) & (entries - WAYS);
}

/** The entry of a key in the set that begins at `first`, or -1. */
export function findKey(
  tags: Int32Array,
  keys: Int32Array,
  first: number,
  tag: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  for (let entry = first; entry < first + WAYS; entry++) {
    if (isAlike(tags[entry] as number, tag) && isKey(keys, entry, a, b, c, d)) {
      return entry;
    }
  }
  return -1;
}

function isKey(
  keys: Int32Array,
  entry: number,
  a: number,
  b: number,
  c: number,
  d: number,
): boolean {
  return (
    keys[4 * entry] === a &&
    keys[4 * entry + 1] === b &&
    keys[4 * entry + 2] === c &&
    keys[4 * entry + 3] === d
  );
}

/** The same for an IPv4 address or a port: no other has such a tag, so its other words are 0. */
export function findIpv4(
  tags: Int32Array,
  keys: Int32Array,
  first: number,
  tag: number,
  address: number,
): number {
  const entry = findTag(tags, first, tag);
  return entry < 0 || keys[4 * entry] === address
    ? entry
    : findKey(tags, keys, first, tag, address, 0, 0, 0);
}

/** The first entry with a tag, but for its state, in the set that begins at `first`; or -1. Unrolled: half the time. */
function findTag(tags: Int32Array, first: number, tag: number): number {
  if (isAlike(tags[first] as number, tag)) {
    return first;
  }
  if (isAlike(tags[first + 1] as number, tag)) {
    return first + 1;
  }
  if (isAlike(tags[first + 2] as number, tag)) {
    return first + 2;
  }
  if (isAlike(tags[first + 3] as number, tag)) {
    return first + 3;
  }
  if (isAlike(tags[first + 4] as number, tag)) {
    return first + 4;
  }
  if (isAlike(tags[first + 5] as number, tag)) {
    return first + 5;
  }
  if (isAlike(tags[first + 6] as number, tag)) {
    return first + 6;
  }
  if (isAlike(tags[first + 7] as number, tag)) {
    return first + 7;
  }
  return -1;
}

/**
 * The entry that a newcomer may have, or -1 where the whole set is pinned. An empty one has no score: it is first.
 * Scores that are alike to 17 bits are taken for equal: then the way decides, in whole numbers and without a branch,
 * since which one it will be cannot be foreseen.
 * @param scoreWords the scores, two words each: they are not negative, so that their upper words order them
 */
export function findWeakest(tags: Int32Array, scoreWords: Int32Array, first: number): number {
  const at = 2 * first + 1;
  const one = lesser(
    lesser(
      (scoreWords[at] as number) & RANK_BITS,
      ((scoreWords[at + 2] as number) & RANK_BITS) | 1,
    ),
    lesser(
      ((scoreWords[at + 4] as number) & RANK_BITS) | 2,
      ((scoreWords[at + 6] as number) & RANK_BITS) | 3,
    ),
  );
  const other = lesser(
    lesser(
      ((scoreWords[at + 8] as number) & RANK_BITS) | 4,
      ((scoreWords[at + 10] as number) & RANK_BITS) | 5,
    ),
    lesser(
      ((scoreWords[at + 12] as number) & RANK_BITS) | 6,
      ((scoreWords[at + 14] as number) & RANK_BITS) | 7,
    ),
  );
  const least = lesser(one, other);
  const entry = first + (least & (WAYS - 1));
  return isPinned(tags[entry] as number) ? findWeakestUnpinned(tags, scoreWords, first) : entry;
}

function findWeakestUnpinned(tags: Int32Array, scoreWords: Int32Array, first: number): number {
  let weakest = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let entry = first; entry < first + WAYS; entry++) {
    const score = scoreWords[2 * entry + 1] as number;
    if (score < least && !isPinned(tags[entry] as number)) {
      weakest = entry;
      least = score;
    }
  }
  return weakest;
}

/** Of two that are not negative. */
function lesser(one: number, other: number): number {
  const difference = one - other;
  return other + (difference & (difference >> 31));
}
