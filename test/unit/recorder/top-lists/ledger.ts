// SPDX-License-Identifier: Apache-2.0
// Keeps every series of a device that a scrape ever showed, and checks that what is counted adds up.
import assert from 'node:assert/strict';
import type { Counts, TopListSnapshot } from '../../../../src/snapshot/top-list.ts';
import type { TopSources } from './packets.ts';

const NOTHING: Counts = { packets: 0, bytes: 0 };

export class Ledger {
  /** The last values, by address and start. */
  readonly series = new Map<string, Counts>();
  /** Of the last scrape. */
  exported: readonly string[] = [];
  other = NOTHING;
  #evicted = 0;
  readonly #top: TopSources;
  readonly #slot: number;
  readonly #maxSeries: number;

  constructor(top: TopSources, slot: number, maxSeries: number) {
    this.#top = top;
    this.#slot = slot;
    this.#maxSeries = maxSeries;
  }

  /** Looks at a snapshot, which must leave no trace, and checks all that has to hold at any time. */
  scrape(): TopListSnapshot {
    const snapshot = this.#top.sources(this.#slot);
    assert.deepEqual(this.#top.sources(this.#slot), snapshot);
    const { series, other, tracked, evicted } = snapshot;
    assert.ok(series.length <= 2 * this.#maxSeries, `${series.length} series`);
    assert.equal(new Set(series.map(({ key }) => key)).size, series.length, 'no twins');
    for (const one of series) {
      const key = `${one.key} since ${one.startedAtMs}`;
      assertNotBack(one, this.series.get(key) ?? NOTHING, key);
      this.series.set(key, one);
    }
    assertNotBack(other, this.other, 'other');
    assert.ok(tracked >= series.length && evicted >= this.#evicted);
    this.exported = series.map(({ key }) => key);
    this.other = other;
    this.#evicted = evicted;
    assert.deepEqual(this.total(), this.#top.counts(this.#slot));
    return snapshot;
  }

  total(): Counts {
    return [...this.series.values(), this.other].reduce(
      (sum, { packets, bytes }) => ({ packets: sum.packets + packets, bytes: sum.bytes + bytes }),
      NOTHING,
    );
  }
}

function assertNotBack(now: Counts, before: Counts, name: string): void {
  assert.ok(now.packets >= before.packets && now.bytes >= before.bytes, `${name} goes back`);
}
