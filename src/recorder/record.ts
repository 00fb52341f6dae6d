// SPDX-License-Identifier: Apache-2.0
// One packet's record as it lies in memory: struct xdp_record of bpf/abi.h, read as words in place.
import { RECORD } from '../kernel/layout.ts';

/** Words of a record. */
export const RECORD_WORDS = RECORD.sizeBytes / 4;

/** Which word holds what. SLOT also holds the protocol (bits 16..23) and the class (24..31). */
export const SOURCE = RECORD.offsets.source / 4;
export const LENGTH = RECORD.offsets.length / 4;
export const WEIGHT = RECORD.offsets.weight / 4;
export const SLOT = RECORD.offsets.slot / 4;

/** Upper half of the time. In the first four seconds after boot it is 0, and records seem to have none. */
export const TIME = RECORD.offsets.time / 4 + 1;

/** The slot in word SLOT. */
export const SLOT_BITS = 0xffff;

// For the loop over records: V8 compiles constants into it, but loads what is exported each time.
const STRIDE = RECORD_WORDS;
const WEIGHT_WORD = WEIGHT;
const KIND_WORD = SLOT;
/** The mark is its upper half. */
const MARK_WORD = RECORD.offsets.tcp_flags / 4;
const CLASS_SHIFT = 24;
/** By the low five bits of a class: actions 0..5 of the families 0..2. */
const KNOWN_CLASSES = 0x003f_3f3f;
/** Checked before they are taken: 16 KiB, which are then still in the nearest cache. */
const CHECK_RECORDS = 256;

/**
 * Takes `count` records in the order of their packets, in place until it returns: word k of record i is
 * `words[first + RECORD_WORDS * i + k]`. All are sound: the slot is one that there is, the weight is not 0, the
 * action and the family are known. Where only some records have a time, one that has it is the first.
 */
export type TakeRecords = (words: Uint32Array, first: number, count: number, cpu: number) => void;

/** What makes a record sound, beside its fields. */
export interface Soundness {
  /** Slots that there are. */
  readonly slots: number;
  /** The low 32 bits of the first record's position, and how far the next record's is: 1, or 0 where there are none. */
  readonly position: number;
  readonly step: 0 | 1;
}

/** Gives `take` the sound ones of `count` records in runs; how many were damaged is returned. */
export function giveSound(
  words: Uint32Array,
  first: number,
  count: number,
  { slots, position, step }: Soundness,
  take: (words: Uint32Array, first: number, count: number) => void,
): number {
  let damaged = 0;
  let done = 0;
  while (done < count) {
    const at = first + done * STRIDE;
    const most = Math.min(count - done, CHECK_RECORDS);
    const sound = countSound(words, at, most, slots, position + done * step, step);
    if (sound > 0) {
      take(words, at, sound);
    }
    done += sound;
    if (sound < most) {
      damaged++;
      done++;
    }
  }
  return damaged;
}

/** How many records are sound before the first that is not. */
function countSound(
  words: Uint32Array,
  first: number,
  count: number,
  slots: number,
  position: number,
  step: number,
): number {
  const end = first + count * STRIDE;
  let at = first;
  // Signed, since V8 keeps what may be 2^31 or more as a double.
  let low = position | 0;
  while (at < end && isSound(words, at, slots, low)) {
    low = (low + step) | 0;
    at += STRIDE;
  }
  return (at - first) / STRIDE;
}

/** See position_mark() in bpf/ring.h for the mark. */
function isSound(words: Uint32Array, at: number, slots: number, position: number): boolean {
  const kind = words[at + KIND_WORD] as number;
  return (
    (words[at + MARK_WORD] as number) >>> 16 === ((position ^ (position >>> 16)) & 0xffff) &&
    (kind & 0xffff) < slots &&
    ((KNOWN_CLASSES >>> (kind >>> CLASS_SHIFT)) & 1) === 1 &&
    words[at + WEIGHT_WORD] !== 0
  );
}
