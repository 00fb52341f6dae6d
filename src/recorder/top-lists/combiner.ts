// SPDX-License-Identifier: Apache-2.0
// Sums packets by key before they are counted: of a few keys, one lookup in the table then serves many records.
import type { KeyCounter } from './key-counter.ts';

/** Places for sums. A run of records that fits in the nearest cache is as long. */
const PLACES = 256;
const PLACE_SHIFT = 24;
/** The golden ratio's: it spreads neighbours, as ports and addresses are, over all places. */
const SPREAD = 0x9e37_79b1;

/** Whoever adds also flushes before anybody may look at the counts. */
export interface Combiner {
  /**
   * A key of one word has 0 for the others, and `isIpv6` 0: the same words are another key where it is 1. Where another key
   * has the place, that one is counted first: whatever keys a sender chooses, a packet costs one lookup, as without.
   */
  add(
    slot: number,
    isIpv6: number,
    a: number,
    b: number,
    c: number,
    d: number,
    packets: number,
    bytes: number,
  ): void;
  /** Counts what was added. */
  flush(): void;
}

/** It allocates nothing while it works. */
export function createCombiner({ countWord, countWords }: KeyCounter): Combiner {
  const owners = new Int32Array(PLACES);
  const keys = new Int32Array(4 * PLACES);
  const packets = new Float64Array(PLACES);
  const bytes = new Float64Array(PLACES);
  const used = new Uint16Array(PLACES);
  let usedCount = 0;

  function count(place: number): void {
    const owner = owners[place] as number;
    const slot = owner >>> 1;
    const at = 4 * place;
    const a = keys[at] as number;
    const packetCount = packets[place] as number;
    const byteCount = bytes[place] as number;
    if ((owner & 1) === 0) {
      countWord(slot, a, packetCount, byteCount);
      return;
    }
    const b = keys[at + 1] as number;
    const c = keys[at + 2] as number;
    const d = keys[at + 3] as number;
    countWords(slot, a, b, c, d, packetCount, byteCount);
  }

  return {
    add(slot, isIpv6, a, b, c, d, packetCount, byteCount) {
      const owner = (slot << 1) | isIpv6;
      const place = Math.imul(a ^ b ^ c ^ d ^ (owner << 16), SPREAD) >>> PLACE_SHIFT;
      const at = 4 * place;
      if (
        owners[place] === owner &&
        keys[at] === a &&
        keys[at + 1] === b &&
        keys[at + 2] === c &&
        keys[at + 3] === d &&
        packets[place] !== 0
      ) {
        packets[place] = (packets[place] as number) + packetCount;
        bytes[place] = (bytes[place] as number) + byteCount;
        return;
      }
      if (packets[place] === 0) {
        used[usedCount++] = place;
      } else {
        count(place);
      }
      owners[place] = owner;
      keys[at] = a;
      keys[at + 1] = b;
      keys[at + 2] = c;
      keys[at + 3] = d;
      packets[place] = packetCount;
      bytes[place] = byteCount;
    },
    flush() {
      for (let index = 0; index < usedCount; index++) {
        const place = used[index] as number;
        count(place);
        packets[place] = 0;
      }
      usedCount = 0;
    },
  };
}
