// SPDX-License-Identifier: Apache-2.0
// The hot path: records, in place in a ring, to counts by device and by source. It allocates nothing.
import { MAX_DEVICES, RECORD } from '../../kernel/abi.ts';
import { ipv4Mask, ipv6Mask, type PrefixLengths } from './address.ts';
import type { Decoded, Take } from './device-intake.ts';
import { type HashSeed, mix } from './source-hash.ts';
import {
  add,
  find,
  findWeakest,
  firstOfSet,
  type SourceTable,
  STATES,
  slotOfTag,
  stateOfTag,
  tagOf,
} from './source-table.ts';

const RECORD_WORDS = RECORD.sizeBytes / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
/** The word of slot, protocol and class. */
const KIND = RECORD.offsets.slot / 4;
/** Our own program wrote the slot: other bits of it are never set. */
const SLOT_BITS = MAX_DEVICES - 1;
const FAMILY_BITS = 3 << 27;
/** The third word of ::ffff:a.b.c.d. */
const MAPPED = 0xffff0000 | 0;
const EMPTY = STATES.empty;
const JOINED = STATES.joined;

/** What is counted in, and what makes a source. */
export interface SourceIntakeParts {
  readonly decoded: Decoded;
  readonly table: SourceTable;
  readonly prefixes: PrefixLengths;
  readonly seed: HashSeed;
}

/**
 * Counts by device, and by source where the source has joined: what is in no series is in "other" by subtraction.
 *
 * A closure over constants rather than an object with fields: there is one in a process, so V8 compiles the
 * addresses and lengths of the arrays into it, which makes it twice as fast.
 */
export function createSourceIntake(parts: SourceIntakeParts): Take {
  const { table, prefixes } = parts;
  const { records, packets, bytes } = parts.decoded;
  const { tags, addresses, scores, totals, admitted, evicted } = table;
  const [start, first, second] = parts.seed;
  const maskV4 = ipv4Mask(prefixes.prefixV4);
  const [maskA = 0, maskB = 0, maskC = 0, maskD = 0] = ipv6Mask(prefixes.prefixV6);

  /** The entry of a record's source, which may be a new one; -1 where it has none. */
  function locate(words: Uint32Array, mask: number, at: number, packetCount: number): number {
    const kind = words[(at + KIND) & mask] as number;
    let a = (words[at & mask] as number) | 0;
    let b = (words[(at + 1) & mask] as number) | 0;
    let c = (words[(at + 2) & mask] as number) | 0;
    let d = (words[(at + 3) & mask] as number) | 0;
    if ((kind & FAMILY_BITS) === 0 || (a | b | c | d) === 0) {
      return -1;
    }
    const slot = kind & SLOT_BITS;
    let hash = start ^ Math.imul(slot, first);
    if ((a | b) === 0 && c === MAPPED) {
      d &= maskV4;
    } else {
      a &= maskA;
      b &= maskB;
      c &= maskC;
      d &= maskD;
      hash = mix(hash ^ a, first, second);
      hash = mix(hash ^ b, first, second);
      hash = mix(hash ^ c, first, second);
    }
    hash = mix(hash ^ d, first, second);
    const set = firstOfSet(tags.length, hash);
    const tag = tagOf(hash, slot);
    const entry = find(tags, addresses, set, tag, a, b, c, d);
    return entry < 0 ? admit(set, tag, a, b, c, d, packetCount) : entry;
  }

  /**
   * Gives a new source the place of the weakest in its set. Where that one is the stronger of the two, it is worn
   * down by as much: a flood of strangers displaces strangers only, while a strong newcomer soon has its place.
   */
  function admit(
    set: number,
    tag: number,
    a: number,
    b: number,
    c: number,
    d: number,
    packetCount: number,
  ): number {
    const entry = findWeakest(tags, scores, set);
    if (entry < 0) {
      return entry;
    }
    const rest = (scores[entry] as number) - packetCount * table.gain;
    if (rest > 0) {
      scores[entry] = rest;
      return -1;
    }
    const old = tags[entry] as number;
    // Not in an if: while the table fills it would be rare, and V8 does not inline what was rare at first.
    add(evicted, slotOfTag(old), old === EMPTY ? 0 : 1);
    add(admitted, slotOfTag(tag), 1);
    tags[entry] = tag;
    addresses[4 * entry] = a;
    addresses[4 * entry + 1] = b;
    addresses[4 * entry + 2] = c;
    addresses[4 * entry + 3] = d;
    scores[entry] = 0;
    return entry;
  }

  return (words, mask, firstWord, count) => {
    const { gain } = table;
    const end = firstWord + count * RECORD_WORDS;
    let at = firstWord;
    while (at < end) {
      // Packets come in bursts, so the next records are often of the same source. No call in this loop.
      const burst = at;
      let packetCount = 0;
      let byteCount = 0;
      do {
        const weight = words[(at + WEIGHT) & mask] as number;
        packetCount += weight;
        byteCount += weight * (words[(at + LENGTH) & mask] as number);
        at += RECORD_WORDS;
      } while (at < end && isSameSource(words, mask, at, burst));
      const slot = (words[(burst + KIND) & mask] as number) & SLOT_BITS;
      const entry = locate(words, mask, burst, packetCount);
      add(records, slot, (at - burst) / RECORD_WORDS);
      add(packets, slot, packetCount);
      add(bytes, slot, byteCount);
      if (entry < 0) {
        continue;
      }
      add(scores, entry, packetCount * gain);
      if (stateOfTag(tags[entry] as number) === JOINED) {
        add(totals, 2 * entry, packetCount);
        add(totals, 2 * entry + 1, byteCount);
      }
    }
  };
}

function isSameSource(words: Uint32Array, mask: number, one: number, other: number): boolean {
  return (
    words[(one + 3) & mask] === words[(other + 3) & mask] &&
    words[(one + 2) & mask] === words[(other + 2) & mask] &&
    words[(one + 1) & mask] === words[(other + 1) & mask] &&
    words[one & mask] === words[other & mask] &&
    (((words[(one + KIND) & mask] as number) ^ (words[(other + KIND) & mask] as number)) &
      (SLOT_BITS | FAMILY_BITS)) ===
      0
  );
}
