// SPDX-License-Identifier: Apache-2.0
// Traffic at steady rates, and the seconds that go by under it.
import type { TopSources } from './packets.ts';
import { burst, send } from './packets.ts';

const SECOND_MS = 1000;

/** Sends the same every second, and ranks after it. */
export class Clock {
  /** Of the clock that nobody sets. */
  nowMs = 5_000_000;
  wallMs = 1_700_000_000_000;
  readonly #top: TopSources;

  constructor(top: TopSources) {
    this.#top = top;
  }

  run(seconds: number, rates: Readonly<Record<string, number>>, slot = 0): void {
    for (let second = 0; second < seconds; second++) {
      const packets = Object.entries(rates).map(([source, rate]) => burst(source, rate, slot));
      send(this.#top, packets);
      this.nowMs += SECOND_MS;
      this.wallMs += SECOND_MS;
      this.#top.rank(this.nowMs, this.wallMs);
    }
  }
}

export function packetsOf(top: TopSources, address: string, slot = 0): number | undefined {
  return top.sources(slot).series.find((source) => source.key === address)?.packets;
}
