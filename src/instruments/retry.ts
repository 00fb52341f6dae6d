// SPDX-License-Identifier: Apache-2.0
// When to try again what was refused: ever later, and at once where something has changed.

const FIRST_DELAY_MS = 2_000;
const LAST_DELAY_MS = 60_000;

/** All times are ms of a clock that nobody sets. */
export class Retry {
  #circumstances = '';
  #atMs = 0;
  #delayMs = FIRST_DELAY_MS;

  /** @param circumstances other ones are not made to wait for what these had refused */
  isDue(circumstances: string, nowMs: number): boolean {
    if (circumstances !== this.#circumstances) {
      this.#circumstances = circumstances;
      this.reset();
    }
    return nowMs >= this.#atMs;
  }

  /**
   * Another try costs a load and may cost the driver more, so it waits ever longer.
   * @param afterMs where the one who refuses knows better, and where a try costs nothing
   */
  refused(nowMs: number, afterMs: number | undefined): void {
    this.#atMs = nowMs + (afterMs ?? this.#delayMs);
    if (afterMs === undefined) {
      this.#delayMs = Math.min(this.#delayMs * 2, LAST_DELAY_MS);
    }
  }

  reset(): void {
    this.#atMs = 0;
    this.#delayMs = FIRST_DELAY_MS;
  }
}
