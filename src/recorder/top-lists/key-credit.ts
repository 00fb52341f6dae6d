// SPDX-License-Identifier: Apache-2.0
// What every list does with the packets of one key: credits its entry, or lets the key fight for one. Allocates nothing.
import { findWeakest } from './key-set.ts';
import { add, type KeyTable } from './key-table.ts';
import { STATES, slotOfTag, stateOfTag } from './key-tag.ts';

// Functions of arrays rather than closures over them: two lists would share the code of a closure, and V8 then compiles it
// for neither; these it takes into the loop of each. Not read from STATES each time either, for a like reason.
const EMPTY = STATES.empty;
const JOINED = STATES.joined;

/**
 * Packets of a key that has an entry; the arrays are the table's.
 * @param score that they add
 */
export function credit(
  tags: Int32Array,
  scores: Float64Array,
  totals: Float64Array,
  entry: number,
  score: number,
  packets: number,
  bytes: number,
): void {
  add(scores, entry, score);
  if (stateOfTag(tags[entry] as number) === JOINED) {
    add(totals, 2 * entry, packets);
    add(totals, 2 * entry + 1, bytes);
  }
}

/**
 * Gives a new key the place of the weakest in its set. Where that one is the stronger of the two, it is worn
 * down by as much: a flood of strangers displaces strangers only, while a strong newcomer soon has its place.
 */
export function countNewcomer(
  table: KeyTable,
  set: number,
  tag: number,
  a: number,
  b: number,
  c: number,
  d: number,
  packets: number,
): void {
  const { tags, keys, scores, scoreWords, admitted, evicted } = table;
  const entry = findWeakest(tags, scoreWords, set);
  if (entry < 0) {
    return;
  }
  const score = packets * table.gain;
  const rest = (scores[entry] as number) - score;
  if (rest > 0) {
    scores[entry] = rest;
    return;
  }
  const old = tags[entry] as number;
  // Not in an if: while the table fills it would be rare, and V8 does not inline what was rare at first.
  add(evicted, slotOfTag(old), old === EMPTY ? 0 : 1);
  add(admitted, slotOfTag(tag), 1);
  tags[entry] = tag;
  keys[4 * entry] = a;
  keys[4 * entry + 1] = b;
  keys[4 * entry + 2] = c;
  keys[4 * entry + 3] = d;
  scores[entry] = score;
}
