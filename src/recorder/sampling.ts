// SPDX-License-Identifier: Apache-2.0
// Chooses how many packets get a record: all, until a ring fills or the budget of events is spent.

/** A ring found fuller than this cannot wait for the next turn. */
const HIGH_FILL = 0.5;
/** At half the interval a ring as full as this would still be far from HIGH_FILL. */
const LOW_FILL = 0.125;

/** The budget is per second, and is watched in windows this long, so that a burst is met within it. */
const WINDOW_MS = 100;
/** Calm for so long before the interval is halved. */
const CALM_MS = 2_000;

/** One packet in 65,536: at any rate that a machine can take, few enough. */
const MAX_INTERVAL = 1 << 16;

/** A fixed interval, or the budget by which it is chosen. */
export interface SamplingOptions {
  /** One packet in so many, whatever happens; absent: automatic. */
  readonly fixedInterval?: number;
  /** Of the whole process; what automatic sampling keeps to. */
  readonly maxEventsPerSecond: number;
}

/** The interval doubles at once and is halved slowly, so that it does not swing with the traffic. */
export class Sampling {
  readonly #options: SamplingOptions;
  #interval: number;
  #windowStartMs = Number.POSITIVE_INFINITY;
  #windowEndMs = 0;
  #windowEvents = 0;
  #windowFill = 0;
  #calmMs = 0;

  constructor(options: SamplingOptions) {
    this.#options = options;
    this.#interval = options.fixedInterval ?? 1;
  }

  /** One packet in so many is to be recorded. */
  get interval(): number {
    return this.#interval;
  }

  /**
   * Tells what a turn found: the fill ratio of the fullest ring, 0..1, and how many records there were. True where
   * the interval has changed.
   * @param nowMs of a clock that nobody sets
   */
  update(nowMs: number, fillRatio: number, events: number): boolean {
    if (this.#options.fixedInterval !== undefined) {
      return false;
    }
    const before = this.#interval;
    this.#windowEvents += events;
    this.#windowFill = Math.max(this.#windowFill, fillRatio);
    // A turn that is late finds what came in a longer time: that the reader had to wait makes them no more a second.
    const windowMs = Math.max(WINDOW_MS, nowMs - this.#windowStartMs);
    const budget = (this.#options.maxEventsPerSecond * windowMs) / 1000;
    if (fillRatio > HIGH_FILL || this.#windowEvents > budget) {
      this.#interval = Math.min(this.#interval * 2, MAX_INTERVAL);
      this.#calmMs = 0;
      this.#startWindow(nowMs);
    } else if (nowMs >= this.#windowEndMs) {
      this.#judgeWindow(budget);
      this.#startWindow(nowMs);
    }
    return this.#interval !== before;
  }

  /** Half the interval means twice the events: both must leave room. */
  #judgeWindow(budget: number): void {
    const isCalm = this.#windowFill < LOW_FILL && this.#windowEvents * 2 < budget;
    this.#calmMs = isCalm ? this.#calmMs + WINDOW_MS : 0;
    if (this.#calmMs >= CALM_MS && this.#interval > 1) {
      this.#interval /= 2;
      this.#calmMs = 0;
    }
  }

  #startWindow(nowMs: number): void {
    this.#windowStartMs = nowMs;
    this.#windowEndMs = nowMs + WINDOW_MS;
    this.#windowEvents = 0;
    this.#windowFill = 0;
  }
}
