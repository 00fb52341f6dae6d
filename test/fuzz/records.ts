// SPDX-License-Identifier: Apache-2.0
// Records of packets made of an input's choices, and what makes one sound, once more: by bpf/abi.h and bpf/ring.h.
import { RECORD } from '../../src/kernel/layout.ts';
import type { Script } from './script.ts';

export const WORDS = RECORD.sizeBytes / 4;
const LENGTH = RECORD.offsets.length / 4;
const WEIGHT = RECORD.offsets.weight / 4;
const KIND = RECORD.offsets.slot / 4;
/** The mark is its upper half. */
const MARK_WORD = RECORD.offsets.tcp_flags / 4;
const TIME = RECORD.offsets.time / 4;

/** Slots that sound records are of. */
export const SLOTS = 6;

/** position_mark(). */
function markOf(position: number): number {
  return ((position & 0xffff) ^ (position >>> 16)) & 0xffff;
}

/**
 * Writes one that is sound: three bytes of the script say what it holds.
 * @param position its low 32 bits
 */
export function writeSound(words: Uint32Array, at: number, script: Script, position: number): void {
  const variety = script.u8();
  let state = (script.u16() + 1) * 0x9e37_79b1;
  // Values of few bits meet again, and values of all bits reach what is rare.
  const mask = (variety & 1) === 0 ? 3 : 0xffff_ffff;
  for (let word = 0; word < WORDS; word++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at + word] = state & mask;
  }
  const random = state >>> 0;
  words[at + WEIGHT] = (variety & 2) === 0 ? 1 : Math.max(1, random);
  if ((variety & 4) === 0) {
    words[at + TIME] = 0;
    words[at + TIME + 1] = 0;
  }
  const family = (variety >> 3) % 3;
  const malformed = (variety & 0x80) === 0 ? 0 : (random >>> 8) & 7;
  const protocol = [6, 17, 132, 1, 58, 0, 47, (random >>> 16) & 0xff][(random >>> 4) & 7] ?? 0;
  const kind = (random % SLOTS) | (protocol << 16) | (((random >>> 11) % 6) << 24);
  words[at + KIND] = kind | (family << 27) | (malformed << 29);
  setMark(words, at, position);
}

function setMark(words: Uint32Array, at: number, position: number): void {
  const flags = (words[at + MARK_WORD] as number) & 0xffff;
  words[at + MARK_WORD] = flags | (markOf(position) << 16);
}

/** Whether a reader may give it on. */
export function isSound(words: Uint32Array, at: number, slots: number, position: number): boolean {
  const kind = words[at + KIND] as number;
  const action = (kind >>> 24) & 7;
  const family = (kind >>> 27) & 3;
  const mark = (words[at + MARK_WORD] as number) >>> 16;
  return (
    mark === markOf(position) &&
    (kind & 0xffff) < slots &&
    action < 6 &&
    family < 3 &&
    (words[at + WEIGHT] as number) > 0
  );
}

/** Makes one of its words another: as often as not one that decides whether it is sound. */
export function damage(words: Uint32Array, at: number, script: Script): void {
  const choice = script.u8();
  const word = (choice & 1) === 0 ? choice % WORDS : ([KIND, WEIGHT, MARK_WORD][choice % 3] ?? 0);
  words[at + word] = (choice & 0x80) === 0 ? script.u32() : script.u8();
}

/** A record's fields that its readers add up. */
export function fieldsOf(words: Uint32Array, at: number) {
  const kind = words[at + KIND] as number;
  const weight = words[at + WEIGHT] as number;
  return {
    slot: kind & 0xffff,
    protocol: (kind >>> 16) & 0xff,
    family: (kind >>> 27) & 3,
    malformed: kind >>> 29,
    weight,
    bytes: weight * (words[at + LENGTH] as number),
  };
}

/** As many sound ones as the script has choices for, at most so many: their count. */
export function writeAll(words: Uint32Array, most: number, script: Script): number {
  let count = 0;
  while (count < most && !script.isOver) {
    writeSound(words, count * WORDS, script, 0);
    count++;
  }
  return count;
}
