// SPDX-License-Identifier: Apache-2.0
// The hot path of networks: the place in which a source is counted, kept beside its entry in the table of sources.
import { RECORD } from '../../kernel/layout.ts';
import type { TakeRecords } from '../record.ts';
import { addressMask, type PrefixLengths } from '../top-lists/address.ts';
import { FRESH_BIT } from '../top-lists/key-counter.ts';
import { add } from '../top-lists/key-table.ts';
import { NO_ADDRESS } from '../top-lists/source-intake.ts';
import { findIpv4, findIpv6, leafOf, type PrefixTable } from './prefix-table.ts';

// Not imported from record.ts: V8 takes constants of the own module as such, and loads others each time.
const RECORD_WORDS = RECORD.sizeBytes / 4;
const SOURCE = RECORD.offsets.source / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
const KIND = RECORD.offsets.slot / 4;
const SLOT_BITS = 0xffff;
const IPV4_BIT = 1 << 27;
const OWNER_BITS = SLOT_BITS | (-1 << 27);
const FRESH = FRESH_BIT;
const NOWHERE = NO_ADDRESS;
/** Places from here on are none. Of the entry: nobody has looked yet. */
const NEW = 0xffff;
/** Its address was looked up once: who comes again is worth to be remembered. */
const SEEN_ONCE = 0xfffe;
/** Its addresses, of which it has more than one, are of more than one network, or may be. */
const MIXED = 0xfffd;

/** What is looked up in, and counted in; replaced when the file changes. */
export interface NetworkState {
  ipv4: PrefixTable;
  ipv6: PrefixTable;
  /** By network of the tables: its place. */
  places: Uint16Array;
  /** By slot and place: packets and bytes. */
  readonly counts: Float64Array;
  /** Places of a slot. */
  readonly stride: number;
}

export interface NetworkIntake {
  /** Counts records that the list of sources has just taken. */
  readonly take: TakeRecords;
  /** The state has changed: every entry is looked up anew when its source comes next. */
  forgetAll(): void;
}

/** The table of sources, as far as networks need it. */
export interface SourceEntries {
  /** Of the table. */
  readonly entries: number;
  /** What its intake has noted of the records that it took last. */
  readonly notes: Int32Array;
  /** What of an address makes an entry. */
  readonly prefixes: PrefixLengths;
}

/**
 * An entry of whole addresses remembers its network at once. One of a prefix does where the table has all of the
 * prefix in one place, which is looked for when it comes again; otherwise each address of it is looked up.
 */
export function createNetworkIntake(
  state: NetworkState,
  { entries, notes, prefixes }: SourceEntries,
): NetworkIntake {
  const { counts, stride } = state;
  const remembered = new Uint16Array(entries).fill(NEW);
  const maskV4 = addressMask(prefixes.prefixV4);
  const maskV6 = addressMask(prefixes.prefixV6);
  const isWholeV4 = prefixes.prefixV4 === 32;
  const isWholeV6 = prefixes.prefixV6 === 128;

  /** @param note of a burst, which begins at `at` */
  function placeOf(note: number, words: Uint32Array, at: number): number {
    if (note >= 0 && note < FRESH) {
      const place = remembered[note] as number;
      if (place < MIXED) {
        return place;
      }
    }
    return note === NOWHERE ? 0 : lookUp(note, words, at);
  }

  /** The place of a source whose entry does not tell it. */
  function lookUp(note: number, words: Uint32Array, at: number): number {
    const a = (words[at + SOURCE] as number) | 0;
    const b = (words[at + SOURCE + 1] as number) | 0;
    const c = (words[at + SOURCE + 2] as number) | 0;
    const d = (words[at + SOURCE + 3] as number) | 0;
    const isIpv4 = ((words[at + KIND] as number) & IPV4_BIT) !== 0;
    const network = isIpv4 ? findIpv4(state.ipv4, a) : findIpv6(state.ipv6, a, b, c, d);
    const place = state.places[network] as number;
    if (note >= 0) {
      const isWhole = isIpv4 ? isWholeV4 : isWholeV6;
      remembered[note & ~FRESH] = isWhole ? place : settle(note, isIpv4, [a, b, c, d], place);
    }
    return place;
  }

  /** What an entry is to remember of a prefix, one of whose addresses has a place. */
  function settle(note: number, isIpv4: boolean, address: number[], place: number): number {
    const known = note < FRESH ? (remembered[note] as number) : NEW;
    if (known !== SEEN_ONCE) {
      return known === NEW ? SEEN_ONCE : MIXED;
    }
    const isOne = isIpv4
      ? isInOnePlace(state.ipv4, false, maskV4, address)
      : isInOnePlace(state.ipv6, true, maskV6, address);
    return isOne ? place : MIXED;
  }

  function takeSome(words: Uint32Array, first: number, end: number): void {
    let at = first;
    while (at < end) {
      const burst = at;
      let packets = 0;
      let bytes = 0;
      do {
        const weight = words[at + WEIGHT] as number;
        packets += weight;
        bytes += weight * (words[at + LENGTH] as number);
        at += RECORD_WORDS;
      } while (at < end && isAlike(words, burst, at));
      const place = placeOf(notes[(burst - first) / RECORD_WORDS] as number, words, burst);
      const slot = (words[burst + KIND] as number) & SLOT_BITS;
      const index = 2 * (slot * stride + place);
      add(counts, index, packets);
      add(counts, index + 1, bytes);
    }
  }

  return {
    take(words, first, count) {
      takeSome(words, first, first + count * RECORD_WORDS);
    },
    forgetAll() {
      remembered.fill(NEW);
    },
  };
}

/** Whether the table has all addresses in one place that are alike up to the mask. */
function isInOnePlace(
  table: PrefixTable,
  isIpv6: boolean,
  mask: Int32Array,
  address: readonly number[],
): boolean {
  const first = address.map((word, index) => word & (mask[index] ?? 0));
  const last = address.map((word, index) => word | ~(mask[index] ?? 0));
  return leafOf(table, isIpv6, first) === leafOf(table, isIpv6, last);
}

/** Whether a record is in the burst of another: as the intake of sources has it. */
function isAlike(words: Uint32Array, one: number, other: number): boolean {
  return (
    words[one + SOURCE] === words[other + SOURCE] &&
    words[one + SOURCE + 1] === words[other + SOURCE + 1] &&
    words[one + SOURCE + 2] === words[other + SOURCE + 2] &&
    words[one + SOURCE + 3] === words[other + SOURCE + 3] &&
    (((words[one + KIND] as number) ^ (words[other + KIND] as number)) & OWNER_BITS) === 0
  );
}
