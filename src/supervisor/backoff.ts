// SPDX-License-Identifier: Apache-2.0
// How long to wait before a process that ended is started again.

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** A process that ran for so long was sound: what ends it has nothing to do with what ended the one before. */
const SOUND_AFTER_MS = 60_000;

export class Backoff {
  #nextMs = FIRST_DELAY_MS;

  /** @param ranMs how long the process had run that ended now */
  delayAfter(ranMs: number): number {
    const delayMs = ranMs >= SOUND_AFTER_MS ? FIRST_DELAY_MS : this.#nextMs;
    this.#nextMs = Math.min(LONGEST_DELAY_MS, 2 * delayMs);
    return delayMs;
  }
}
