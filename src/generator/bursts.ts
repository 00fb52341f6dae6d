// SPDX-License-Identifier: Apache-2.0
// Nothing, and now and then many frames in one run, as fast as the kernel makes them.
import type { Pacing } from './pace.ts';

/** A signal is noticed after this time at the latest. */
const WAIT_MS = { min: 1, max: 50 } as const;

/** The first burst is due at once. One that came due while the process was kept from its CPU is left out, not made up for. */
export class Bursts implements Pacing {
  readonly #frames: number;
  readonly #everyMs: number;
  #nextMs: number;
  #nowMs: number;
  /** Of a burst that a signal has interrupted. */
  #left = 0;

  /** @param nowMs of a clock that never goes back, as everywhere here */
  constructor({ frames, everySeconds }: BurstPlan, nowMs: number) {
    this.#frames = frames;
    this.#everyMs = everySeconds * 1000;
    this.#nextMs = nowMs;
    this.#nowMs = nowMs;
  }

  due(nowMs: number): number {
    this.#nowMs = nowMs;
    if (this.#left === 0 && nowMs >= this.#nextMs) {
      this.#left = this.#frames;
      const missed = Math.floor((nowMs - this.#nextMs) / this.#everyMs);
      this.#nextMs += (missed + 1) * this.#everyMs;
    }
    return this.#left;
  }

  ran(frames: number, tookMs: number): number {
    this.#left -= frames;
    const waitMs = this.#nextMs - this.#nowMs - tookMs;
    return this.#left > 0 ? 0 : Math.min(Math.max(WAIT_MS.min, waitMs), WAIT_MS.max);
  }
}

/** So many frames, once in so many seconds. */
export interface BurstPlan {
  readonly frames: number;
  readonly everySeconds: number;
}
