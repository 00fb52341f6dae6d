// SPDX-License-Identifier: Apache-2.0
// The count of records by device alone.
import { RECORD } from '../../kernel/layout.ts';
import type { TakeRecords } from '../record.ts';
import { add } from './key-table.ts';

// Not imported from record.ts: V8 takes constants of the own module as such, and loads others each time.
const RECORD_WORDS = RECORD.sizeBytes / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
const SLOT = RECORD.offsets.slot / 4;
const SLOT_BITS = 0xffff;

/** By slot: records, and the packets and bytes that they stand for. */
export interface Decoded {
  readonly records: Float64Array;
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

/** All zero. */
export function createDecoded(slots: number): Decoded {
  return {
    records: new Float64Array(slots),
    packets: new Float64Array(slots),
    bytes: new Float64Array(slots),
  };
}

/** Counts by device alone, for when no list of sources does it by the way. */
export function createDeviceIntake(decoded: Decoded): TakeRecords {
  const { records, packets, bytes } = decoded;
  return (words, first, count) => {
    const end = first + count * RECORD_WORDS;
    for (let at = first; at < end; at += RECORD_WORDS) {
      const slot = (words[at + SLOT] as number) & SLOT_BITS;
      const weight = words[at + WEIGHT] as number;
      add(records, slot, 1);
      add(packets, slot, weight);
      add(bytes, slot, weight * (words[at + LENGTH] as number));
    }
  };
}
