// SPDX-License-Identifier: Apache-2.0
// When to look at the devices again: at regular intervals, at once when something changed, but never without pause.

/** Rests for so many times as long as a look took: a storm of changes costs a tenth of the thread's time at most. */
const REST_FACTOR = 9;

/** However long a look took: a machine whose devices take seconds to list is to be watched, too. */
const MAX_REST_MS = 10_000;

/** All times are ms of a clock that nobody sets. */
export class RescanPace {
  readonly #intervalMs: number;
  #dueAtMs = Number.NEGATIVE_INFINITY;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  /** @param intervalMs from the end of one look to the next where nothing changes and a look is quick */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** @param changed whether something changed since it was last asked; asked only where the answer counts */
  isDue(nowMs: number, changed: () => boolean): boolean {
    if (nowMs < this.#restUntilMs) {
      return false;
    }
    // Asked in any case: what the look will find is not to cause another one.
    const isChanged = changed();
    return isChanged || nowMs >= this.#dueAtMs;
  }

  /**
   * To be told of every look.
   * @param nowMs at its end
   * @param lookMs how long it took to see what there is: what it then did about it, it need not do again
   */
  looked(nowMs: number, lookMs: number): void {
    this.#dueAtMs = nowMs + this.#intervalMs;
    this.#restUntilMs = nowMs + Math.min(REST_FACTOR * lookMs, MAX_REST_MS);
  }
}
