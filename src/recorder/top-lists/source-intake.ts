// SPDX-License-Identifier: Apache-2.0
// The hot path: records, in place in a ring, to counts by device and by source address. It allocates nothing.
import { RECORD } from '../../kernel/layout.ts';
import type { TakeRecords } from '../record.ts';
import { addressMask, type PrefixLengths } from './address.ts';
import { isIpv4Address, isIpv6Address } from './address-kind.ts';
import type { Decoded } from './device-intake.ts';
import { createKeyCounter, type KeyCounterParts } from './key-counter.ts';
import { add } from './key-table.ts';

// Not imported from record.ts: V8 takes constants of the own module as such, and loads others each time.
const RECORD_WORDS = RECORD.sizeBytes / 4;
const SOURCE = RECORD.offsets.source / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
/** The word of slot, protocol and class. */
const KIND = RECORD.offsets.slot / 4;
const SLOT_BITS = 0xffff;
/** All that decides whose a record is, beside its address: slot, family, and why it is malformed. */
const OWNER_BITS = SLOT_BITS | (-1 << 27);

/** Records whose bursts are noted: as many as are checked at a time, and so come to `take`, from a mapped ring. */
export const NOTED_RECORDS = 256;
/** Noted of a burst without an address. */
export const NO_ADDRESS = -2;
// Not the exported ones: V8 loads those each time.
const NOTE_BITS = NOTED_RECORDS - 1;
const NOWHERE = NO_ADDRESS;

/**
 * @param notes by the first record of each burst: what `KeyCounter` gives for its source, or `NO_ADDRESS`. Room for
 * `NOTED_RECORDS`
 */
export function createSourceIntake(
  decoded: Decoded,
  prefixes: PrefixLengths,
  parts: KeyCounterParts,
  notes: Int32Array = new Int32Array(NOTED_RECORDS),
): TakeRecords {
  const { records, packets, bytes } = decoded;
  const [maskV4 = 0] = addressMask(prefixes.prefixV4);
  const [maskA = 0, maskB = 0, maskC = 0, maskD = 0] = addressMask(prefixes.prefixV6);
  const { countWord, countWords } = createKeyCounter(parts);

  return (words, first, count) => {
    const end = first + count * RECORD_WORDS;
    let at = first;
    while (at < end) {
      const burst = at;
      const kind = words[at + KIND] as number;
      const a = words[at + SOURCE] as number;
      const b = words[at + SOURCE + 1] as number;
      const c = words[at + SOURCE + 2] as number;
      const d = words[at + SOURCE + 3] as number;
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
        words[at + SOURCE] === a &&
        words[at + SOURCE + 1] === b &&
        words[at + SOURCE + 2] === c &&
        words[at + SOURCE + 3] === d &&
        (((words[at + KIND] as number) ^ kind) & OWNER_BITS) === 0
      );
      const slot = kind & SLOT_BITS;
      add(records, slot, (at - burst) / RECORD_WORDS);
      add(packets, slot, packetCount);
      add(bytes, slot, byteCount);
      let note = NOWHERE;
      if (isIpv4Address(kind, a)) {
        note = countWord(slot, a & maskV4, packetCount, byteCount);
      } else if (isIpv6Address(kind, a | b | c | d)) {
        note = countWords(slot, a & maskA, b & maskB, c & maskC, d & maskD, packetCount, byteCount);
      }
      notes[((burst - first) / RECORD_WORDS) & NOTE_BITS] = note;
    }
  };
}
