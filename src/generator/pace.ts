// SPDX-License-Identifier: Apache-2.0
// How many frames may go now: what the rate allows by this time, in runs that end soon.

/** Between two runs at a given rate. */
const TICK_MS = 5;

/**
 * A generator that was kept from its CPU makes up for it, but not at once: a run has at most this share of the
 * rate. What is older than the second number is forgotten.
 */
const CATCH_UP_MS = { run: 20, total: 1000 } as const;

/** A run blocks the thread. These keep it well below 50 ms. */
const RUN_MS = { short: 10, long: 25 } as const;
const RUN_FRAMES = { min: 64, max: 2 ** 20, first: 4096 } as const;

/** Times are in ms, of a clock that never goes back. */
export interface Pacing {
  /** Frames for the next run. */
  due(nowMs: number): number;
  /** After a run. Gives the ms to wait before the next: 0 where this one was cut short. */
  ran(frames: number, tookMs: number): number;
}

/** A steady rate. */
export class Pace implements Pacing {
  readonly #framesPerMs: number;
  readonly #burstFrames: number;
  #startMs: number;
  #sent = 0;
  #runFrames: number = RUN_FRAMES.first;

  /** @param rate frames per second; Infinity is full speed */
  constructor(rate: number, nowMs: number) {
    this.#framesPerMs = rate / 1000;
    this.#burstFrames = Math.ceil(this.#framesPerMs * CATCH_UP_MS.run);
    this.#startMs = nowMs;
  }

  due(nowMs: number): number {
    if (this.#framesPerMs === Number.POSITIVE_INFINITY) {
      return this.#runFrames;
    }
    const lateMs = nowMs - this.#startMs - this.#sent / this.#framesPerMs;
    this.#startMs += Math.max(0, lateMs - CATCH_UP_MS.total);
    const allowed = Math.floor((nowMs - this.#startMs) * this.#framesPerMs);
    return Math.min(Math.max(0, allowed - this.#sent), this.#burstFrames, this.#runFrames);
  }

  ran(frames: number, tookMs: number): number {
    this.#sent += frames;
    const isFull = frames >= this.#runFrames;
    if (tookMs > RUN_MS.long) {
      this.#runFrames = Math.max(RUN_FRAMES.min, this.#runFrames / 2);
    } else if (isFull && tookMs < RUN_MS.short) {
      this.#runFrames = Math.min(RUN_FRAMES.max, this.#runFrames * 2);
    }
    return isFull ? 0 : TICK_MS;
  }
}
