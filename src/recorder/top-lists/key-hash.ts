// SPDX-License-Identifier: Apache-2.0
// A hash keyed by secrets, so that no sender can aim at one set of the table.
import { randomBytes } from 'node:crypto';

/** Three secret words: where a hash starts, and two multipliers. */
export type HashSeed = readonly [start: number, first: number, second: number];

/** The multipliers are odd, so that no bit is lost: two IPv4 addresses of a device never have the same hash. */
export function createHashSeed(bytes: Buffer = randomBytes(12)): HashSeed {
  return [bytes.readInt32LE(0), bytes.readInt32LE(4) | 1, bytes.readInt32LE(8) | 1];
}

/**
 * Multiplies by both secrets: after the first, the top bit of a difference between two words is still where
 * everybody can tell, and could be cancelled out in the next word.
 */
export function mix(word: number, first: number, second: number): number {
  const once = Math.imul(word ^ (word >>> 16), first);
  const twice = Math.imul(once ^ (once >>> 15), second);
  return twice ^ (twice >>> 16);
}
