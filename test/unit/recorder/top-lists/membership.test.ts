// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Clock, packetsOf } from './clock.ts';
import { addressesOf, burst, createTopSources, rankAt, send } from './packets.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '2001:db8::3';

describe('a source joins', () => {
  it('if it is among the strongest of its device', () => {
    const top = createTopSources({ maxSeries: 2 });
    new Clock(top).run(1, { [A]: 10, [B]: 30, [C]: 20 });
    assert.deepEqual(addressesOf(top), [B, C]);
  });

  it('if it has the minimum share, of all packets of its device', () => {
    const top = createTopSources({ minShare: 0.1 });
    send(top, [{ weight: 50 }]);
    new Clock(top).run(1, { [A]: 41, [B]: 9 });
    assert.deepEqual(addressesOf(top), [A]);
    send(top, [burst(B, 3)]);
    rankAt(top, 1e12);
    assert.deepEqual(addressesOf(top), [A, B]);
  });

  it('if there is a token, the strongest first', () => {
    const top = createTopSources({ maxSeries: 20, newSeriesPerHour: 2 });
    const clock = new Clock(top);
    const rates = { [A]: 10, [B]: 30, [C]: 20 };
    clock.run(1, rates);
    assert.deepEqual(addressesOf(top), [B, C]);
    clock.run(30 * 60 - 1, rates);
    assert.deepEqual(addressesOf(top), [B, C]);
    clock.run(2, rates);
    assert.deepEqual(addressesOf(top), [B, C, A]);
  });

  it('never where no new series are allowed', () => {
    const top = createTopSources({ newSeriesPerHour: 0 });
    new Clock(top).run(3, { [A]: 10 });
    assert.deepEqual(addressesOf(top), []);
  });

  it('in turn with those of other devices, when tokens are scarce', () => {
    const top = createTopSources({ maxSeries: 20, newSeriesPerHour: 10 });
    const clock = new Clock(top);
    const hosts = Array.from({ length: 30 }, (_, index) => `10.0.0.${index}`);
    const rates = Object.fromEntries(hosts.map((source) => [source, 10]));
    clock.run(1, rates, 3);
    const countSeries = () => [3, 7].map((slot) => addressesOf(top, slot).length);
    assert.deepEqual(countSeries(), [10, 0]);
    send(
      top,
      hosts.map((source) => burst(source, 10, 7)),
    );
    clock.run(3610, rates, 3);
    assert.deepEqual(countSeries(), [15, 5]);
  });
});

describe('a joined source', () => {
  it('stays while its challenger is not a fifth stronger', () => {
    const top = createTopSources({ maxSeries: 1 });
    const clock = new Clock(top);
    clock.run(1, { [A]: 100 });
    for (let turn = 0; turn < 20; turn++) {
      clock.run(30, { [A]: 100, [B]: 115 });
      clock.run(30, { [A]: 115, [B]: 100 });
    }
    assert.deepEqual(addressesOf(top), [A]);
  });

  it('makes room for a challenger that is, and is frozen', () => {
    const top = createTopSources({ maxSeries: 1 });
    const clock = new Clock(top);
    clock.run(10, { [A]: 100 });
    clock.run(200, { [A]: 100, [B]: 130 });
    assert.deepEqual(addressesOf(top), [B, A]);
    const frozen = packetsOf(top, A);
    const counted = packetsOf(top, B) ?? 0;
    clock.run(10, { [A]: 100, [B]: 130 });
    assert.equal(packetsOf(top, A), frozen);
    assert.equal(packetsOf(top, B), counted + 1300);
  });

  it('stays while its device is silent', () => {
    const top = createTopSources();
    const clock = new Clock(top);
    clock.run(5, { [A]: 100 });
    clock.run(3600, {});
    assert.deepEqual(addressesOf(top), [A]);
    assert.equal(packetsOf(top, A), 400);
  });

  it('leaves after a minute below half the minimum share', () => {
    const top = createTopSources({ minShare: 0.1 });
    const clock = new Clock(top);
    clock.run(100, { [A]: 50, [B]: 50 });
    clock.run(300, { [A]: 94, [B]: 6 });
    const kept = packetsOf(top, B);
    clock.run(60, { [A]: 94, [B]: 6 });
    assert.equal(packetsOf(top, B), (kept ?? 0) + 360, 'between half and whole it stays');
    clock.run(260, { [A]: 99, [B]: 1 });
    const frozen = packetsOf(top, B);
    clock.run(10, { [A]: 99, [B]: 1 });
    assert.equal(packetsOf(top, B), frozen);
    assert.deepEqual(addressesOf(top), [A, B]);
  });

  it('counts until that minute is over', () => {
    const top = createTopSources({ minShare: 0.1 });
    const clock = new Clock(top);
    clock.run(10, { [A]: 50, [B]: 50 });
    const before = packetsOf(top, B) ?? 0;
    clock.run(1, { [A]: 1e6, [B]: 1 });
    clock.run(59, { [A]: 1e6, [B]: 1 });
    assert.equal(packetsOf(top, B), before + 60);
    clock.run(10, { [A]: 1e6, [B]: 1 });
    assert.equal(packetsOf(top, B), before + 61);
  });

  it('does not leave if it recovers within that minute', () => {
    const top = createTopSources({ minShare: 0.2 });
    const clock = new Clock(top);
    clock.run(60, { [A]: 50, [B]: 50 });
    for (let turn = 0; turn < 5; turn++) {
      clock.run(70, { [A]: 100 });
      clock.run(60, { [A]: 50, [B]: 50 });
    }
    const counted = packetsOf(top, B);
    clock.run(1, { [A]: 50, [B]: 50 });
    assert.equal(packetsOf(top, B), (counted ?? 0) + 50);
  });
});
