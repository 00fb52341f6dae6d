// SPDX-License-Identifier: Apache-2.0
// Counts packets of a key in its table: where the key has joined, in its series, and else in its score alone.
import { type HashSeed, mix } from './key-hash.ts';
import { findIpv4, findKey, findWeakest, firstOfSet } from './key-set.ts';
import { add, type KeyTable } from './key-table.ts';
import { STATES, slotOfTag, stateOfTag, tagOf } from './key-tag.ts';

const EMPTY = STATES.empty;
const JOINED = STATES.joined;

/** What a counter gives back where the key has no entry. */
export const NO_ENTRY = -1;
/** Set in an entry that was another key's, or nobody's, before. */
export const FRESH_BIT = 1 << 30;
// Not the exported ones: V8 loads those each time.
const ABSENT = NO_ENTRY;
const FRESH = FRESH_BIT;

/** Where keys are counted. */
export interface KeyCounterParts {
  readonly table: KeyTable;
  readonly seed: HashSeed;
}

/** Counts packets and bytes of a key. Gives its entry in the table, with `FRESH_BIT`, or `NO_ENTRY`. */
export interface KeyCounter {
  /** Of one word: an IPv4 address, or a port. */
  countWord(slot: number, a: number, packets: number, bytes: number): number;
  /** Of four words: an IPv6 address. */
  countWords(
    slot: number,
    a: number,
    b: number,
    c: number,
    d: number,
    packets: number,
    bytes: number,
  ): number;
}

/**
 * It allocates nothing. A closure over constants rather than an object with fields: V8 compiles the places and lengths of
 * the arrays into it where there is only one in a process.
 */
export function createKeyCounter({ table, seed }: KeyCounterParts): KeyCounter {
  const { tags, keys, scores, totals, admitted, evicted } = table;
  const entries = tags.length;
  const scoreWords = new Int32Array(scores.buffer);
  const [start, multiplier1, multiplier2] = seed;

  /**
   * Gives a new key the place of the weakest in its set. Where that one is the stronger of the two, it is worn
   * down by as much: a flood of strangers displaces strangers only, while a strong newcomer soon has its place.
   */
  function countNewcomer(
    set: number,
    tag: number,
    a: number,
    b: number,
    c: number,
    d: number,
    packets: number,
  ): number {
    const entry = findWeakest(tags, scoreWords, set);
    if (entry < 0) {
      return ABSENT;
    }
    const score = packets * table.gain;
    const rest = (scores[entry] as number) - score;
    if (rest > 0) {
      scores[entry] = rest;
      return ABSENT;
    }
    const old = tags[entry] as number;
    // Not in an if: while the table fills it would be rare, and V8 does not inline what was rare at first.
    add(evicted, slotOfTag(old), old === EMPTY ? 0 : 1);
    add(admitted, slotOfTag(tag), 1);
    tags[entry] = tag;
    keys[4 * entry] = a;
    keys[4 * entry + 1] = b;
    keys[4 * entry + 2] = c;
    keys[4 * entry + 3] = d;
    scores[entry] = score;
    return entry | FRESH;
  }

  function credit(entry: number, packets: number, bytes: number): void {
    add(scores, entry, packets * table.gain);
    if (stateOfTag(tags[entry] as number) === JOINED) {
      add(totals, 2 * entry, packets);
      add(totals, 2 * entry + 1, bytes);
    }
  }

  return {
    countWord(slot, a, packets, bytes) {
      const hash = mix(start ^ Math.imul(slot << 1, multiplier1) ^ a, multiplier1, multiplier2);
      const set = firstOfSet(entries, hash);
      const tag = tagOf(hash, slot, 0);
      const entry = findIpv4(tags, keys, set, tag, a);
      if (entry < 0) {
        return countNewcomer(set, tag, a, 0, 0, 0, packets);
      }
      credit(entry, packets, bytes);
      return entry;
    },
    countWords(slot, a, b, c, d, packets, bytes) {
      const owner = Math.imul((slot << 1) | 1, multiplier1);
      let hash = mix(start ^ owner ^ a, multiplier1, multiplier2);
      hash = mix(hash ^ b, multiplier1, multiplier2);
      hash = mix(hash ^ c, multiplier1, multiplier2);
      hash = mix(hash ^ d, multiplier1, multiplier2);
      const set = firstOfSet(entries, hash);
      const tag = tagOf(hash, slot, 1);
      const entry = findKey(tags, keys, set, tag, a, b, c, d);
      if (entry < 0) {
        return countNewcomer(set, tag, a, b, c, d, packets);
      }
      credit(entry, packets, bytes);
      return entry;
    },
  };
}
