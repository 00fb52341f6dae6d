// SPDX-License-Identifier: Apache-2.0
// Records by the address that they go to: as a rule one of few, so their sums are counted rather than each of them.
import { RECORD } from '../../kernel/layout.ts';
import type { TakeRecords } from '../record.ts';
import { addressMask, type PrefixLengths } from './address.ts';
import { isIpv4Address, isIpv6Address } from './address-kind.ts';
import { createCombiner } from './combiner.ts';
import { createKeyCounter, type KeyCounterParts } from './key-counter.ts';

// Not imported from record.ts: V8 takes constants of the own module as such, and loads others each time.
const RECORD_WORDS = RECORD.sizeBytes / 4;
const DESTINATION = RECORD.offsets.destination / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
/** The word of slot, protocol and class. */
const KIND = RECORD.offsets.slot / 4;
const SLOT_BITS = 0xffff;

export function createDestinationIntake(
  prefixes: PrefixLengths,
  parts: KeyCounterParts,
): TakeRecords {
  const { add, flush } = createCombiner(createKeyCounter(parts));
  const [maskV4 = 0] = addressMask(prefixes.prefixV4);
  const [maskA = 0, maskB = 0, maskC = 0, maskD = 0] = addressMask(prefixes.prefixV6);

  return (words, first, count) => {
    const end = first + count * RECORD_WORDS;
    for (let at = first; at < end; at += RECORD_WORDS) {
      const kind = words[at + KIND] as number;
      const a = words[at + DESTINATION] as number;
      const b = words[at + DESTINATION + 1] as number;
      const c = words[at + DESTINATION + 2] as number;
      const d = words[at + DESTINATION + 3] as number;
      const weight = words[at + WEIGHT] as number;
      const byteCount = weight * (words[at + LENGTH] as number);
      if (isIpv4Address(kind, a)) {
        add(kind & SLOT_BITS, 0, a & maskV4, 0, 0, 0, weight, byteCount);
      } else if (isIpv6Address(kind, a | b | c | d)) {
        add(kind & SLOT_BITS, 1, a & maskA, b & maskB, c & maskC, d & maskD, weight, byteCount);
      }
    }
    flush();
  };
}
