// SPDX-License-Identifier: Apache-2.0
// The hot path of networks: the place in which a source is counted, kept beside its entry in the table of sources.
import { addressMask, type PrefixLengths } from '../top-lists/address.ts';
import { add } from '../top-lists/key-table.ts';
import { findIpv4, findIpv6, leafOf, type PrefixTable } from './prefix-table.ts';

/** Places from here on are none. Of the entry: nobody has looked yet. */
const NEW = 0xffff;
/** Its address was looked up once: who comes again is worth to be remembered. */
const SEEN = 0xfffe;
/** Its addresses, of which it has more than one, are of more than one network, or may be. */
const MIXED = 0xfffd;
const FIRST_NONE = MIXED;

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

/** Counts what comes from an entry of the table of sources, or from -1 where the source has none. */
export interface NetworkIntake {
  /** The entry is now another source's. */
  forget(entry: number): void;
  countIpv4(entry: number, slot: number, word: number, packets: number, bytes: number): void;
  countIpv6(
    entry: number,
    slot: number,
    a: number,
    b: number,
    c: number,
    d: number,
    packets: number,
    bytes: number,
  ): void;
  /** The state has changed: every entry is looked up anew when its source comes next. */
  forgetAll(): void;
}

/**
 * An entry of whole addresses remembers its network at once. One of a prefix does where the table has all of the
 * prefix in one place, which is looked for when it comes again; otherwise each address of it is looked up.
 * @param entries of the table
 * @param prefixes what of an address makes an entry
 */
export function createNetworkIntake(
  state: NetworkState,
  entries: number,
  { prefixV4, prefixV6 }: PrefixLengths,
): NetworkIntake {
  const { counts, stride } = state;
  const remembered = new Uint16Array(entries).fill(NEW);
  const maskV4 = addressMask(prefixV4);
  const maskV6 = addressMask(prefixV6);
  const isWholeV4 = prefixV4 === 32;
  const isWholeV6 = prefixV6 === 128;

  function lookUpIpv4(entry: number, known: number, word: number): number {
    const place = state.places[findIpv4(state.ipv4, word)] as number;
    if (entry >= 0) {
      if (isWholeV4) {
        remembered[entry] = place;
      } else if (known !== MIXED) {
        remembered[entry] = known === NEW ? SEEN : settle(state.ipv4, false, maskV4, [word], place);
      }
    }
    return place;
  }

  function lookUpIpv6(
    entry: number,
    known: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ): number {
    const place = state.places[findIpv6(state.ipv6, a, b, c, d)] as number;
    if (entry >= 0) {
      if (isWholeV6) {
        remembered[entry] = place;
      } else if (known !== MIXED) {
        const address = [a, b, c, d];
        remembered[entry] = known === NEW ? SEEN : settle(state.ipv6, true, maskV6, address, place);
      }
    }
    return place;
  }

  return {
    forget(entry) {
      remembered[entry] = NEW;
    },
    countIpv4(entry, slot, word, packets, bytes) {
      let place = entry < 0 ? NEW : (remembered[entry] as number);
      if (place >= FIRST_NONE) {
        place = lookUpIpv4(entry, place, word);
      }
      const at = 2 * (slot * stride + place);
      add(counts, at, packets);
      add(counts, at + 1, bytes);
    },
    countIpv6(entry, slot, a, b, c, d, packets, bytes) {
      let place = entry < 0 ? NEW : (remembered[entry] as number);
      if (place >= FIRST_NONE) {
        place = lookUpIpv6(entry, place, a, b, c, d);
      }
      const at = 2 * (slot * stride + place);
      add(counts, at, packets);
      add(counts, at + 1, bytes);
    },
    forgetAll() {
      remembered.fill(NEW);
    },
  };
}

/** What an entry remembers of a prefix: the place of all its addresses where there is one. */
function settle(
  table: PrefixTable,
  isIpv6: boolean,
  mask: Int32Array,
  address: readonly number[],
  place: number,
): number {
  const first = address.map((word, index) => word & (mask[index] ?? 0));
  const last = address.map((word, index) => word | ~(mask[index] ?? 0));
  return leafOf(table, isIpv6, first) === leafOf(table, isIpv6, last) ? place : MIXED;
}
