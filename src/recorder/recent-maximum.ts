// SPDX-License-Identifier: Apache-2.0
// The largest value of the last minute, and of at most ten seconds before it, in constant memory.

const SPAN_MS = 10_000;
/** The last one has only begun. */
const SPANS = 7;

/** Times are of a clock that nobody sets. */
export class RecentMaximum {
  readonly #maxima = new Float64Array(SPANS);
  #span = 0;

  /** Values are not negative, and come in the order of their times. */
  add(nowMs: number, value: number): void {
    this.#advance(nowMs);
    const index = this.#span % SPANS;
    this.#maxima[index] = Math.max(this.#maxima[index] ?? 0, value);
  }

  /** 0 where nothing was added in the last 70 seconds. */
  value(nowMs: number): number {
    this.#advance(nowMs);
    return Math.max(...this.#maxima);
  }

  #advance(nowMs: number): void {
    const span = Math.floor(nowMs / SPAN_MS);
    const passed = Math.min(span - this.#span, SPANS);
    for (let step = 1; step <= passed; step++) {
      this.#maxima[(span - passed + step) % SPANS] = 0;
    }
    this.#span = Math.max(this.#span, span);
  }
}
