// SPDX-License-Identifier: Apache-2.0
// Of which devices sampling has left out packets within the last minute: their records do not tell how many came when.

/** As long as a `RecentMaximum` may know a value. */
const REMEMBERED_MS = 70_000;

/** Times are ms of a clock that nobody sets. */
export class SampledDevices {
  /** When packets may have been left out last. */
  #sampledAtMs = Number.NEGATIVE_INFINITY;
  /** By slot: packets that the kernel says were left out, and when that was last seen to grow. */
  readonly #leftOut: Float64Array;
  readonly #leftOutAtMs: Float64Array;

  constructor(slots: number) {
    this.#leftOut = new Float64Array(slots);
    this.#leftOutAtMs = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY);
  }

  /** The sampling interval is above 1. To be told at each turn. */
  sampled(nowMs: number): void {
    this.#sampledAtMs = nowMs;
  }

  /**
   * Whether packets of the slot were left out in the last minute. The interval alone does not say so: it is raised just
   * after a burst was read, and nothing more may come.
   * @param leftOut what the kernel counts of the slot until now
   */
  has(slot: number, leftOut: number, nowMs: number): boolean {
    if (leftOut !== this.#leftOut[slot]) {
      this.#leftOut[slot] = leftOut;
      // They were left out since the last question, and not after the interval was above 1 for the last time.
      this.#leftOutAtMs[slot] = this.#sampledAtMs;
    }
    return nowMs - (this.#leftOutAtMs[slot] ?? 0) < REMEMBERED_MS;
  }

  /** For a slot that another device is to have: the kernel counts it from 0 again. */
  clearSlot(slot: number): void {
    this.#leftOut[slot] = 0;
    this.#leftOutAtMs[slot] = Number.NEGATIVE_INFINITY;
  }
}
