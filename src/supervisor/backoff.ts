// SPDX-License-Identifier: Apache-2.0
// How long to wait before a process that ended is started again.

const FIRST_DELAY_MS = 100;

/** One that could not serve will hardly do so soon; one that did was ended by something that may not come again. */
const LONGEST_DELAY_MS = { served: 500, failed: 10_000 } as const;

/** A process that ran for so long was sound: what ends it has nothing to do with what ended the one before. */
const SOUND_AFTER_MS = 60_000;

export class Backoff {
  #nextMs = FIRST_DELAY_MS;

  /**
   * @param ranMs how long the process had run that ended now
   * @param served whether it came to serve
   */
  delayAfter(ranMs: number, served: boolean): number {
    const longestMs = LONGEST_DELAY_MS[served ? 'served' : 'failed'];
    const delayMs = ranMs >= SOUND_AFTER_MS ? FIRST_DELAY_MS : Math.min(this.#nextMs, longestMs);
    this.#nextMs = 2 * delayMs;
    return delayMs;
  }
}
