// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import { describe, it } from 'node:test';
import { Ledger } from './ledger.ts';
import type { TopSources } from './packets.ts';
import { addressesOf, createTopSources, encodePackets, RECORD_WORDS, rankAt } from './packets.ts';

const BATCH = 100;
const TABLE_SIZE = 16_384;
const OPTIONS = { maxSeries: 20, tableSize: TABLE_SIZE, newSeriesPerHour: 600 };
const HEAVY = '198.51.100.7';

/** Uniform 32 bits, the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    const once = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97);
    return (twice ^ (twice >>> 15)) >>> 0;
  };
}

/** A batch whose sources are others each time: one word of the address is random in each record. */
class RandomBatch {
  readonly words: Uint32Array;
  readonly #random: () => number;
  readonly #firstWord: number;

  constructor(template: string, seed: number) {
    this.words = encodePackets(Array(BATCH).fill({ source: template }));
    this.#random = createRandom(seed);
    this.#firstWord = isIPv4(template) ? 0 : 3;
  }

  refill(addresses: number): void {
    for (let word = this.#firstWord; word < this.words.length; word += RECORD_WORDS) {
      this.words[word] = this.#random() % addresses;
    }
  }

  send(top: TopSources, records: number, addresses: number): void {
    for (let sent = 0; sent < records; sent += BATCH) {
      this.refill(addresses);
      top.take(this.words, 0, BATCH, 0);
    }
  }
}

describe('a flood of random sources', () => {
  it('stays within the table, and within the series, for both families', () => {
    const top = createTopSources(OPTIONS);
    const ledger = new Ledger(top, 0, OPTIONS.maxSeries);
    const families = [new RandomBatch('10.0.0.1', 1), new RandomBatch('2001:db8::1', 2)];
    for (const batch of families) {
      for (let second = 0; second < 50; second++) {
        batch.send(top, 20_000, 2 ** 32);
        rankAt(top, second * 1000);
        assert.ok(ledger.scrape().tracked <= TABLE_SIZE);
      }
    }
    const { tracked, evicted } = ledger.scrape();
    assert.ok(tracked > 0.99 * TABLE_SIZE, `${tracked} tracked`);
    assert.ok(evicted > 1_000_000, `${evicted} evicted`);
    assert.equal(top.records(0), 2_000_000);
  });

  it('does not hide a source of 5 % of the packets, nor drive it out', () => {
    const top = createTopSources(OPTIONS);
    const batch = new RandomBatch('10.0.0.1', 3);
    const heavy = encodePackets(Array(BATCH / 20).fill({ source: HEAVY }));
    let shown = 0;
    for (let second = 0; second < 120; second++) {
      for (let sent = 0; sent < 20_000; sent += BATCH) {
        batch.refill(10_000_000);
        if (second >= 20) {
          batch.words.set(heavy);
        }
        top.take(batch.words, 0, BATCH, 0);
      }
      rankAt(top, second * 1000);
      shown += Number(second >= 30 && addressesOf(top).includes(HEAVY));
    }
    assert.ok(shown >= 0.99 * 90, `in ${shown} of 90 scrapes`);
    assert.equal(addressesOf(top)[0], HEAVY);
  });

  it('does not drive out the sources that were there before, as long as they go on', () => {
    const top = createTopSources({ ...OPTIONS, tableSize: 1024, minShare: 0.0005 });
    const regulars = Array.from({ length: 20 }, (_, index) => `198.51.100.${index}`);
    const regular = encodePackets(regulars.map((source) => ({ source, weight: 10 })));
    const batch = new RandomBatch('10.0.0.1', 4);
    for (let second = 0; second < 60; second++) {
      top.take(regular, 0, regulars.length, 0);
      if (second >= 10) {
        batch.send(top, 10_000, 2 ** 32);
      }
      rankAt(top, second * 1000);
    }
    assert.deepEqual(addressesOf(top).sort(), regulars.sort());
    for (const { packets } of top.sources(0).series) {
      assert.equal(packets, 59 * 10);
    }
  });
});
