// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDecay } from '../../../../src/recorder/top-lists/decay.ts';
import { createKeyTable } from '../../../../src/recorder/top-lists/key-table.ts';
import { addressesOf, burst, createTopSources, rankAt, send } from './packets.ts';

const TIME_CONSTANT_MS = 30_000;
const MINUTE_MS = 60_000;
const SLOTS = 4;

describe('createDecay', () => {
  it('makes a packet weigh 1/e of one that comes a time constant later', () => {
    const table = createKeyTable(8, SLOTS);
    const packets = new Float64Array(SLOTS);
    const { deviceScores, advance } = createDecay(table, packets);
    packets[0] = 100;
    advance(TIME_CONSTANT_MS);
    packets[1] = 100;
    advance(1000);
    assert.equal((deviceScores[1] ?? 0) / (deviceScores[0] ?? 0), Math.E);
  });

  it('keeps ratios when the gain gets too large, hours later', () => {
    const table = createKeyTable(8, SLOTS);
    const packets = new Float64Array(SLOTS);
    const { deviceScores, advance } = createDecay(table, packets);
    let largest = 0;
    for (let minute = 0; minute < 24 * 60; minute++) {
      packets[0] = 300 * minute;
      packets[1] = 100 * minute;
      table.scores[2] = (table.scores[2] ?? 0) + 100 * table.gain;
      advance(MINUTE_MS);
      largest = Math.max(largest, table.gain);
    }
    const [three = 0, one = 0] = deviceScores;
    assert.ok(Math.abs(three / one - 3) < 1e-9);
    assert.ok(Math.abs((table.scores[2] ?? 0) / one - 1) < 1e-9);
    assert.ok(Number.isFinite(three) && largest < 1e201 && table.gain < largest);
  });
});

describe('a process that was stopped for a day', () => {
  it('goes on ranking when it continues', () => {
    const top = createTopSources({ maxSeries: 1 });
    send(top, [burst('10.0.0.1', 1000)]);
    rankAt(top, 0);
    rankAt(top, 24 * 60 * MINUTE_MS);
    assert.deepEqual(addressesOf(top), ['10.0.0.1']);
    send(top, [burst('10.0.0.2', 1), burst('10.0.0.1', 1)]);
    send(top, [burst('10.0.0.2', 1)]);
    rankAt(top, 24 * 60 * MINUTE_MS + 1000);
    assert.deepEqual(addressesOf(top), ['10.0.0.2', '10.0.0.1']);
    assert.equal(top.sources(0).series[1]?.packets, 1);
  });
});

describe('a day', () => {
  it('changes nothing in who is among the top', () => {
    const top = createTopSources({ maxSeries: 2 });
    const packets = [burst('10.0.0.1', 100), burst('10.0.0.2', 300), burst('10.0.0.3', 200)];
    for (let step = 0; step < 24 * 120; step++) {
      send(top, packets);
      rankAt(top, (step * MINUTE_MS) / 2);
    }
    assert.deepEqual(addressesOf(top), ['10.0.0.2', '10.0.0.3']);
    assert.equal(top.sources(0).series[0]?.packets, 300 * (24 * 120 - 1));
  });
});
