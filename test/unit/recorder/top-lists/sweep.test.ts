// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createKeyTable, setState } from '../../../../src/recorder/top-lists/key-table.ts';
import { STATES, tagOf } from '../../../../src/recorder/top-lists/key-tag.ts';
import { createSweep } from '../../../../src/recorder/top-lists/sweep.ts';
import { addressesOf, burst, createTopSources, rankAt, send } from './packets.ts';

fc.configureGlobal({ seed: 1 });

const LARGE = 2 ** 20;
const PARTS = 8;
const SLOTS = 4;

function tableOf(rows: readonly { slot: number; score: number }[]) {
  const table = createKeyTable(rows.length, SLOTS);
  for (const [entry, { slot, score }] of rows.entries()) {
    table.tags[entry] = tagOf(entry, slot, entry % 2);
    table.scores[entry] = score;
  }
  return table;
}

describe('createSweep', () => {
  it('finds the strongest of each slot that reach its bar, in order', () => {
    const rows = fc.array(
      fc.record({ slot: fc.integer({ min: 0, max: 2 }), score: fc.integer({ min: 1, max: 1000 }) }),
      { maxLength: 200 },
    );
    const bars = fc.tuple(fc.constant(1), fc.integer({ min: 1, max: 1000 }), fc.constant(Infinity));
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 10 }), bars, (chosen, limit, bar) => {
        const sweep = createSweep(tableOf(chosen), limit, (slot) => bar[slot] ?? Infinity);
        assert.equal(sweep.advance(), true);
        for (const slot of [0, 1, 2, 3]) {
          const expected = chosen
            .filter((row) => row.slot === slot && row.score >= (bar[slot] ?? Infinity))
            .map(({ score }) => score)
            .sort((one, other) => other - one)
            .slice(0, limit);
          assert.deepEqual(
            sweep.challengers(slot).map((entry) => chosen[entry]?.score),
            expected,
          );
        }
      }),
    );
  });

  it('leaves out those who have joined, not those who are frozen', () => {
    const table = tableOf([1, 2, 3, 4].map((score) => ({ slot: 0, score })));
    setState(table, 3, STATES.joined);
    setState(table, 2, STATES.frozen);
    const sweep = createSweep(table, 2, () => 1);
    sweep.advance();
    assert.deepEqual(sweep.challengers(0), [2, 1]);
  });

  it('forgets an entry that went to another slot before the sweep was over', () => {
    const table = tableOf([{ slot: 0, score: 5 }]);
    const sweep = createSweep(table, 2, () => 1);
    sweep.advance();
    table.tags[0] = tagOf(0, 1, 0);
    assert.deepEqual([sweep.challengers(0), sweep.challengers(1)], [[], []]);
  });

  it('takes several turns for a large table', () => {
    const table = createKeyTable(LARGE, SLOTS);
    table.tags[5] = tagOf(5, 0, 0);
    table.scores[5] = 1;
    const sweep = createSweep(table, 2, () => 1);
    for (let sweeps = 0; sweeps < 2; sweeps++) {
      assert.deepEqual(
        Array.from({ length: PARTS }, () => sweep.advance()),
        [...Array(PARTS - 1).fill(false), true],
      );
      assert.deepEqual(sweep.challengers(0), [5]);
    }
  });
});

describe('TopSources with a large table', () => {
  it('lets a source join within as many seconds as the table has parts', () => {
    const top = createTopSources({ tableSize: LARGE });
    send(top, [burst('10.0.0.1', 10)]);
    for (let second = 0; second < PARTS - 1; second++) {
      rankAt(top, second * 1000);
      assert.deepEqual(addressesOf(top), []);
    }
    rankAt(top, PARTS * 1000);
    assert.deepEqual(addressesOf(top), ['10.0.0.1']);
  });
});
