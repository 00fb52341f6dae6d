// SPDX-License-Identifier: Apache-2.0
// Keeps every series of a device that a scrape ever showed, and checks that what is counted adds up.
import assert from 'node:assert/strict';
import type {
  SourceCounts,
  SourcesSnapshot,
} from '../../../../src/recorder/top-sources/snapshot.ts';
import type { TopSources } from '../../../../src/recorder/top-sources/top-sources.ts';

const NOTHING: SourceCounts = { packets: 0, bytes: 0 };

export class Ledger {
  /** The last values, by address and start. */
  readonly series = new Map<string, SourceCounts>();
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
  scrape(): SourcesSnapshot {
    const snapshot = this.#top.snapshot(this.#slot);
    assert.deepEqual(this.#top.snapshot(this.#slot), snapshot);
    const { sources, other, tracked, evicted } = snapshot;
    assert.ok(sources.length <= 2 * this.#maxSeries, `${sources.length} series`);
    assert.equal(new Set(sources.map(({ address }) => address)).size, sources.length, 'no twins');
    for (const source of sources) {
      const key = `${source.address} since ${source.startedAtMs}`;
      assertNotBack(source, this.series.get(key) ?? NOTHING, key);
      this.series.set(key, source);
    }
    assertNotBack(other, this.other, 'other');
    assert.ok(tracked >= sources.length && evicted >= this.#evicted);
    this.exported = sources.map(({ address }) => address);
    this.other = other;
    this.#evicted = evicted;
    assert.deepEqual(this.total(), this.#top.counts(this.#slot));
    return snapshot;
  }

  total(): SourceCounts {
    return [...this.series.values(), this.other].reduce(
      (sum, { packets, bytes }) => ({ packets: sum.packets + packets, bytes: sum.bytes + bytes }),
      NOTHING,
    );
  }
}

function assertNotBack(now: SourceCounts, before: SourceCounts, name: string): void {
  assert.ok(now.packets >= before.packets && now.bytes >= before.bytes, `${name} goes back`);
}
