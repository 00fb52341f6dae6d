// SPDX-License-Identifier: Apache-2.0
// Rates of the last minutes by key: what the chart, the heat strip and the sparklines show.
import type { Flow } from './flow.ts';

/** Of a moment that nobody looked at. */
const UNKNOWN = null;
export type Rates = readonly (number | null)[];

export class History {
  readonly #length: number;
  readonly #gapSeconds: number;
  #times: number[] = [];
  #rates = new Map<string, (number | null)[]>();

  /** @param length moments to keep @param gapSeconds between two moments: longer, and nothing is known of the time between */
  constructor(length: number, gapSeconds: number) {
    this.#length = length;
    this.#gapSeconds = gapSeconds;
  }

  /** Seconds, ascending, of the moments that `rates` are of. */
  get times(): readonly number[] {
    return this.#times;
  }

  /** Those that had a rate at some of the moments. */
  get keys(): readonly string[] {
    return [...this.#rates.keys()];
  }

  /** One for each of the times; of a key that is not known, none is. */
  rates(key: string): Rates {
    return this.#rates.get(key) ?? this.#times.map(() => UNKNOWN);
  }

  add(seconds: number, flows: readonly Flow[]): void {
    const last = this.#times.at(-1);
    if (last !== undefined && seconds - last > this.#gapSeconds) {
      this.#append((last + seconds) / 2, []);
    }
    this.#append(seconds, flows);
  }

  clear(): void {
    this.#times = [];
    this.#rates.clear();
  }

  #append(seconds: number, flows: readonly Flow[]): void {
    const now = new Map(flows.map(({ key, packetRate }) => [key, packetRate]));
    const keys = new Set([...this.#rates.keys(), ...now.keys()]);
    for (const key of keys) {
      const rates = [...this.rates(key), now.get(key) ?? UNKNOWN].slice(-this.#length);
      if (rates.some((rate) => rate !== UNKNOWN)) {
        this.#rates.set(key, rates);
      } else {
        this.#rates.delete(key);
      }
    }
    this.#times = [...this.#times, seconds].slice(-this.#length);
  }
}
