// SPDX-License-Identifier: Apache-2.0
// The hot path: records, in place in a ring, to counts by device and by one of the addresses. It allocates nothing.
import { RECORD } from '../../kernel/layout.ts';
import type { TakeRecords } from '../record.ts';
import { addressMask, type PrefixLengths } from './address.ts';
import type { Decoded } from './device-intake.ts';
import { countNewcomer, credit } from './key-credit.ts';
import { mix } from './key-hash.ts';
import { findIpv4, findKey, firstOfSet } from './key-set.ts';
import { add, type KeyParts } from './key-table.ts';
import { tagOf } from './key-tag.ts';

// Not imported from record.ts: V8 takes constants of the own module as such, and loads others each time.
const RECORD_WORDS = RECORD.sizeBytes / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
/** The word of slot, protocol and class. */
const KIND = RECORD.offsets.slot / 4;
const SLOT_BITS = 0xffff;
/** Of the two bits of the family, which is 0, 1 or 2. */
const IPV4_BIT = 1 << 27;
const IPV6_BIT = 1 << 28;
const MALFORMED_SHIFT = 29;
/** All that decides whose a record is, beside its address. */
const OWNER_BITS = SLOT_BITS | IPV4_BIT | IPV6_BIT | (-1 << MALFORMED_SHIFT);
/** XDP_EXPORTER_WRONG_HEADER_LENGTH: a packet that is malformed for this reason or one before may have no address. */
const LAST_WITHOUT_ADDRESS = 4;

/** What records are counted in. */
export interface IntakeParts extends KeyParts {
  readonly decoded: Decoded;
}

/** Where the address is in a record, and what of it makes a key. */
export interface AddressIntakeParts extends IntakeParts {
  /** The first of its four words. */
  readonly word: number;
  readonly prefixes: PrefixLengths;
}

/**
 * Counts by device, and by address where the address has joined: what is in no series is in "other" by subtraction.
 *
 * A closure over constants rather than an object with fields: V8 compiles the places and lengths of the arrays into it
 * where there is only one in a process.
 */
export function createAddressIntake(parts: AddressIntakeParts): TakeRecords {
  const { table, prefixes, word } = parts;
  const { records, packets, bytes } = parts.decoded;
  const { tags, keys, scores, totals } = table;
  const entries = tags.length;
  const [start, multiplier1, multiplier2] = parts.seed;
  const [maskV4 = 0] = addressMask(prefixes.prefixV4);
  const [maskA = 0, maskB = 0, maskC = 0, maskD = 0] = addressMask(prefixes.prefixV6);

  /** Counts by address what is not IPv4. */
  function countOther(
    words: Uint32Array,
    at: number,
    kind: number,
    packetCount: number,
    byteCount: number,
  ): void {
    const first = at + word;
    let a = (words[first] as number) | 0;
    let b = (words[first + 1] as number) | 0;
    let c = (words[first + 2] as number) | 0;
    let d = (words[first + 3] as number) | 0;
    if (isNowhere(kind, a | b | c | d)) {
      return;
    }
    const slot = kind & SLOT_BITS;
    a &= maskA;
    b &= maskB;
    c &= maskC;
    d &= maskD;
    let hash = mix(start ^ Math.imul((slot << 1) | 1, multiplier1) ^ a, multiplier1, multiplier2);
    hash = mix(hash ^ b, multiplier1, multiplier2);
    hash = mix(hash ^ c, multiplier1, multiplier2);
    hash = mix(hash ^ d, multiplier1, multiplier2);
    const set = firstOfSet(entries, hash);
    const tag = tagOf(hash, slot, 1);
    const entry = findKey(tags, keys, set, tag, a, b, c, d);
    if (entry < 0) {
      countNewcomer(table, set, tag, a, b, c, d, packetCount);
    } else {
      credit(tags, scores, totals, entry, packetCount * table.gain, packetCount, byteCount);
    }
  }

  return (words, first, count) => {
    const end = first + count * RECORD_WORDS;
    let at = first;
    while (at < end) {
      const burst = at;
      const kind = words[at + KIND] as number;
      const a = words[at + word] as number;
      const b = words[at + word + 1] as number;
      const c = words[at + word + 2] as number;
      const d = words[at + word + 3] as number;
      let packetCount = 0;
      let byteCount = 0;
      // Packets come in bursts, so the next records are often of the same address. No call in this loop.
      do {
        const weight = words[at + WEIGHT] as number;
        packetCount += weight;
        byteCount += weight * (words[at + LENGTH] as number);
        at += RECORD_WORDS;
      } while (
        at < end &&
        words[at + word] === a &&
        words[at + word + 1] === b &&
        words[at + word + 2] === c &&
        words[at + word + 3] === d &&
        (((words[at + KIND] as number) ^ kind) & OWNER_BITS) === 0
      );
      const slot = kind & SLOT_BITS;
      add(records, slot, (at - burst) / RECORD_WORDS);
      add(packets, slot, packetCount);
      add(bytes, slot, byteCount);
      if (!isIpv4Address(kind, a)) {
        countOther(words, burst, kind, packetCount, byteCount);
        continue;
      }
      const address = a & maskV4;
      const hash = mix(
        start ^ Math.imul(slot << 1, multiplier1) ^ address,
        multiplier1,
        multiplier2,
      );
      const set = firstOfSet(entries, hash);
      const tag = tagOf(hash, slot, 0);
      const entry = findIpv4(tags, keys, set, tag, address);
      if (entry < 0) {
        countNewcomer(table, set, tag, address, 0, 0, 0, packetCount);
        continue;
      }
      credit(tags, scores, totals, entry, packetCount * table.gain, packetCount, byteCount);
    }
  };
}

function isIpv4Address(kind: number, address: number): boolean {
  return (kind & IPV4_BIT) !== 0 && (address !== 0 || !isWithoutAddress(kind));
}

/** @param anyBit of the address */
function isNowhere(kind: number, anyBit: number): boolean {
  return (kind & IPV6_BIT) === 0 || (anyBit === 0 && isWithoutAddress(kind));
}

/** Its headers ended, or contradicted themselves, before the address: all zero is then no address. See packet.h. */
function isWithoutAddress(kind: number): boolean {
  const malformed = kind >>> MALFORMED_SHIFT;
  return malformed !== 0 && malformed <= LAST_WITHOUT_ADDRESS;
}
