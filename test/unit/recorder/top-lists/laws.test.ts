// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Ledger } from './ledger.ts';
import { burst, createTopSources, type Packet, rankAt, send } from './packets.ts';

fc.configureGlobal({ seed: 1 });

const SLOTS = [0, 5];
const SECOND_MS = 1000;

/** The same few addresses in all the ways in which one family can look like the other. */
const sources = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.nat(3))
  .map(([n, way]) => [`10.0.0.${n}`, `a00:${n}::`, `::ffff:a00:${n}`, `::a00:${n}`][way] ?? '::');
const packet: fc.Arbitrary<Packet> = fc.record({
  source: sources,
  slot: fc.constantFrom(...SLOTS),
  length: fc.integer({ min: 14, max: 9000 }),
  weight: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5000 })),
});
const sourceless: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({ slot: fc.constantFrom(...SLOTS), length: fc.constant(60) }),
  fc.record({
    source: fc.constantFrom('::', '0.0.0.0'),
    slot: fc.constantFrom(...SLOTS),
    malformed: fc.constantFrom('wrong_version', 'truncated_network', 'truncated_transport'),
  }),
);
const step = fc.record({
  packets: fc.array(fc.oneof({ weight: 20, arbitrary: packet }, sourceless), { maxLength: 30 }),
  seconds: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 }), fc.constant(70)),
});
const options = fc.record({
  maxSeries: fc.integer({ min: 1, max: 4 }),
  tableSize: fc.constantFrom(8, 16, 64),
  minShare: fc.constantFrom(0, 0.01, 0.2),
  newSeriesPerHour: fc.constantFrom(3, 60, 100_000),
});

describe('TopSources', () => {
  it('counts each packet once, in a series that never goes back, whatever comes', () => {
    fc.assert(
      fc.property(options, fc.array(step, { minLength: 5, maxLength: 60 }), (chosen, steps) => {
        const top = createTopSources(chosen);
        const ledgers = SLOTS.map((slot) => new Ledger(top, slot, chosen.maxSeries));
        let nowMs = 0;
        let sent = 0;
        for (const { packets, seconds } of steps) {
          send(top, packets);
          sent += packets.length;
          for (const ledger of ledgers) {
            ledger.scrape();
          }
          nowMs += seconds * SECOND_MS;
          rankAt(top, nowMs);
          const tracked = ledgers.reduce((sum, ledger) => sum + ledger.scrape().tracked, 0);
          assert.ok(tracked <= chosen.tableSize);
        }
        assert.equal(top.records(0) + top.records(5), sent);
      }),
      { numRuns: 300 },
    );
  });

  it('adds up in every scrape while the ranks change every 30 s', () => {
    const maxSeries = 20;
    const top = createTopSources({ maxSeries, newSeriesPerHour: 600, tableSize: 4096 });
    const ledger = new Ledger(top, 0, maxSeries);
    let steady = 0;
    for (let second = 0; second < 600; second++) {
      const before = { ...readRates(ledger), exported: ledger.exported };
      send(top, changingTraffic(second));
      rankAt(top, second * SECOND_MS);
      ledger.scrape();
      const after = readRates(ledger);
      if (before.exported.join() === ledger.exported.join()) {
        steady++;
        assert.equal(after.sum - before.sum, after.total - before.total);
      }
    }
    assert.ok(steady > 400, `${steady} scrapes between which no series came or went`);
    assert.ok(ledger.series.size > 1.5 * maxSeries, `${ledger.series.size} series in all`);

    function readRates({ exported }: Ledger): { sum: number; total: number } {
      const { series, other } = top.sources(0);
      const shown = series.filter(({ key }) => exported.includes(key));
      const sum = shown.reduce((all, { packets }) => all + packets, other.packets);
      return { sum, total: top.counts(0).packets };
    }
  });
});

/** 60 sources, of which another 15 are the strongest every 30 s. */
function changingTraffic(second: number): Packet[] {
  const era = Math.floor(second / 30);
  return Array.from({ length: 60 }, (_, index) => {
    const isStrong = (index + 15 * era) % 60 < 15;
    return burst(`10.1.0.${index}`, isStrong ? 1000 + index : 10);
  });
}
