// SPDX-License-Identifier: Apache-2.0
// What a record is, and the count of records by device alone.
import { MAX_DEVICES, RECORD } from '../../kernel/abi.ts';
import { add } from './source-table.ts';

const RECORD_WORDS = RECORD.sizeBytes / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
const SLOT = RECORD.offsets.slot / 4;
const SLOT_BITS = MAX_DEVICES - 1;

/**
 * Takes `count` records, in place in a ring of `mask + 1` words. Word k of record i is
 * `words[(firstWord + 8 * i + k) & mask]`; the words are those of struct xdp_record in bpf/abi.h.
 */
export type Take = (words: Uint32Array, mask: number, firstWord: number, count: number) => void;

/** By slot: records, and the packets and bytes that they stand for. */
export interface Decoded {
  readonly records: Float64Array;
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

/** All zero. */
export function createDecoded(): Decoded {
  return {
    records: new Float64Array(MAX_DEVICES),
    packets: new Float64Array(MAX_DEVICES),
    bytes: new Float64Array(MAX_DEVICES),
  };
}

/** Counts by device alone, for when no sources are wanted. */
export function createDeviceIntake(decoded: Decoded): Take {
  const { records, packets, bytes } = decoded;
  return (words, mask, firstWord, count) => {
    const end = firstWord + count * RECORD_WORDS;
    for (let at = firstWord; at < end; at += RECORD_WORDS) {
      const slot = (words[(at + SLOT) & mask] as number) & SLOT_BITS;
      const weight = words[(at + WEIGHT) & mask] as number;
      add(records, slot, 1);
      add(packets, slot, weight);
      add(bytes, slot, weight * (words[(at + LENGTH) & mask] as number));
    }
  };
}
