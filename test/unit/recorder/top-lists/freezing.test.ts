// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Clock, packetsOf } from './clock.ts';
import { Ledger } from './ledger.ts';
import type { TopSources } from './packets.ts';
import { addressesOf, createTopSources } from './packets.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const FROZEN_MS = 300_000;
const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '2001:db8::3';

describe('a frozen series', () => {
  /** B has taken the only place of A, which was exported with the value that is returned. */
  function displaceA(top: TopSources, clock: Clock): number | undefined {
    clock.run(10, { [A]: 100 });
    while (addressesOf(top)[0] !== B) {
      clock.run(1, { [B]: 500 });
    }
    return packetsOf(top, A);
  }

  it('stays exported for five minutes, then goes', () => {
    const top = createTopSources({ maxSeries: 1 });
    const clock = new Clock(top);
    const value = displaceA(top, clock);
    assert.equal(value, 900);
    clock.run(FROZEN_MS / SECOND_MS - 1, { [B]: 500 });
    assert.equal(packetsOf(top, A), value);
    clock.run(1, { [B]: 500 });
    assert.equal(packetsOf(top, A), undefined);
    assert.deepEqual(addressesOf(top), [B]);
  });

  it('goes on from its value when its source joins again, without a token', () => {
    const top = createTopSources({ maxSeries: 1, newSeriesPerHour: 2 });
    const clock = new Clock(top);
    const value = displaceA(top, clock) ?? 0;
    const started = top.sources(0).series[1]?.startedAtMs;
    while (addressesOf(top)[0] !== A) {
      assert.equal(packetsOf(top, A), value);
      clock.run(1, { [A]: 5000 });
    }
    assert.equal(packetsOf(top, A), value);
    clock.run(1, { [A]: 5000 });
    assert.equal(packetsOf(top, A), value + 5000);
    assert.equal(top.sources(0).series[0]?.startedAtMs, started);
    assert.deepEqual(addressesOf(top), [A, B]);
  });

  it('goes on from its value even after it went, if it was not evicted, for a token', () => {
    const top = createTopSources({ maxSeries: 1, newSeriesPerHour: 2 });
    const clock = new Clock(top);
    const ledger = new Ledger(top, 0, 1);
    const value = displaceA(top, clock) ?? 0;
    ledger.scrape();
    clock.run(FROZEN_MS / SECOND_MS, { [B]: 500 });
    assert.equal(packetsOf(top, A), undefined);
    ledger.scrape();
    clock.run(120, { [A]: 5000 });
    assert.deepEqual(addressesOf(top), [B], 'no token');
    while (addressesOf(top)[0] !== A) {
      clock.run(1, { [A]: 5000 });
    }
    assert.equal(packetsOf(top, A), value);
    ledger.scrape();
    clock.run(1, { [A]: 5000 });
    assert.equal(packetsOf(top, A), value + 5000);
    ledger.scrape();
  });

  it('begins anew at 0 if it was evicted in between', () => {
    const top = createTopSources({ maxSeries: 1, tableSize: 8, minShare: 0.5 });
    const clock = new Clock(top);
    displaceA(top, clock);
    clock.run(FROZEN_MS / SECOND_MS, { [B]: 500 });
    const others = Array.from({ length: 8 }, (_, index) => `10.0.0.${index}`);
    clock.run(3, Object.fromEntries(others.map((source) => [source, 400])));
    assert.ok(top.sources(0).evicted > 0);
    while (addressesOf(top)[0] !== A) {
      clock.run(1, { [A]: 50_000 });
    }
    assert.deepEqual(top.sources(0).series[0], {
      key: A,
      packets: 0,
      bytes: 0,
      startedAtMs: clock.wallMs,
    });
  });

  it('keeps its place: a challenger waits until one of the frozen is gone', () => {
    const top = createTopSources({ maxSeries: 1 });
    const clock = new Clock(top);
    displaceA(top, clock);
    clock.run(FROZEN_MS / SECOND_MS - 1, { [C]: 50_000 });
    assert.deepEqual(addressesOf(top), [B, A]);
    clock.run(1, { [C]: 50_000 });
    assert.deepEqual(addressesOf(top), [C, B]);
  });
});

describe('the wall clock', () => {
  it('may be set back or far ahead, and nothing decays or expires by that', () => {
    const top = createTopSources({ maxSeries: 1 });
    const clock = new Clock(top);
    clock.run(10, { [A]: 100 });
    clock.run(10, { [B]: 5000 });
    assert.deepEqual(addressesOf(top), [B, A]);
    clock.wallMs -= 24 * 60 * MINUTE_MS;
    clock.run(10, { [B]: 5000 });
    clock.wallMs += 48 * 60 * MINUTE_MS;
    clock.run(FROZEN_MS / SECOND_MS - 20, { [B]: 5000 });
    assert.deepEqual(addressesOf(top), [B, A]);
    clock.run(10, { [B]: 5000 });
    assert.deepEqual(addressesOf(top), [B]);
  });

  it('is what a series says of its start', () => {
    const top = createTopSources();
    const clock = new Clock(top);
    clock.wallMs = 1_000;
    clock.run(1, { [A]: 100 });
    assert.equal(top.sources(0).series[0]?.startedAtMs, 2_000);
  });
});
