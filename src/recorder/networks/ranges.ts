// SPDX-License-Identifier: Apache-2.0
// From prefixes, of which the longest wins, to ranges of addresses that do not overlap.
import { ADDRESS_WORDS, type PrefixList } from './prefix-list.ts';
import { NO_NETWORK } from './prefix-table.ts';

const WORDS = ADDRESS_WORDS;
const ADDRESS_BITS = 32 * WORDS;

/** Each range begins where the one before ends, the first at zero, the last ends with the last address. */
export interface Ranges {
  /** Four words each, as in `PrefixList`. */
  readonly starts: Uint32Array;
  readonly values: Uint16Array;
  readonly length: number;
}

/** @param order of `list.sorted()`, no prefix twice */
export function rangesOf(list: PrefixList, order: Uint32Array): Ranges {
  const starts = new Uint32Array(WORDS * (2 * list.length + 1));
  const values = new Uint16Array(2 * list.length + 1);
  let length = 0;
  /** Those that have the current address, the shortest first. */
  const open: number[] = [];
  const next = new Uint32Array(WORDS);

  function begin(start: Uint32Array, value: number): void {
    if (length > 0 && isSame(starts, length - 1, start)) {
      length--;
    }
    if (length === 0 || values[length - 1] !== value) {
      starts.set(start, WORDS * length);
      values[length++] = value;
    }
  }

  /** Ends the longest. What goes on behind it is the one that has it. */
  function end(): void {
    const prefix = open.pop() ?? 0;
    const outer = open.at(-1);
    if (addressBehind(list, prefix, next)) {
      begin(next, outer === undefined ? NO_NETWORK : (list.networks[outer] ?? NO_NETWORK));
    }
  }

  begin(next, NO_NETWORK);
  for (const prefix of order) {
    while (open.length > 0 && !contains(list, open.at(-1) ?? 0, prefix)) {
      end();
    }
    begin(wordsOf(list, prefix), list.networks[prefix] ?? NO_NETWORK);
    open.push(prefix);
  }
  while (open.length > 0) {
    end();
  }
  return { starts, values, length };
}

function wordsOf({ words }: PrefixList, prefix: number): Uint32Array {
  return words.subarray(WORDS * prefix, WORDS * (prefix + 1));
}

function isSame(starts: Uint32Array, range: number, start: Uint32Array): boolean {
  return start.every((word, index) => starts[WORDS * range + index] === word);
}

/** The bits of a word that are within a prefix. */
function maskOf(bits: number, word: number): number {
  const kept = Math.min(32, Math.max(0, bits - 32 * word));
  return kept === 0 ? 0 : -1 << (32 - kept);
}

function contains(list: PrefixList, outer: number, inner: number): boolean {
  const { words, bits } = list;
  const outerBits = bits[outer] ?? 0;
  for (let word = 0; word < WORDS; word++) {
    const difference = (words[WORDS * outer + word] ?? 0) ^ (words[WORDS * inner + word] ?? 0);
    if ((difference & maskOf(outerBits, word)) !== 0) {
      return false;
    }
  }
  return true;
}

/** The first address behind a prefix into `to`. False where it ends with the last address. */
function addressBehind(list: PrefixList, prefix: number, to: Uint32Array): boolean {
  to.set(wordsOf(list, prefix));
  const bits = list.bits[prefix] ?? ADDRESS_BITS;
  if (bits === 0) {
    return false;
  }
  let word = (bits - 1) >>> 5;
  to[word] = (to[word] ?? 0) + 2 ** (31 - ((bits - 1) & 31));
  while (to[word] === 0 && word > 0) {
    word--;
    to[word] = (to[word] ?? 0) + 1;
  }
  // Having gone round it is zero in all words: no prefix but one of no bits begins there.
  return word > 0 || to[0] !== 0;
}
