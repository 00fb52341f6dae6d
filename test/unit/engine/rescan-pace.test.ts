// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { RescanPace } from '../../../src/engine/rescan-pace.ts';

const TIMER_MS = 100;

describe('RescanPace', () => {
  let pace: RescanPace;
  let isChanged: boolean;
  let asked: number;
  beforeEach(() => {
    pace = new RescanPace(2_000);
    isChanged = false;
    asked = 0;
  });

  const isDue = (nowMs: number) =>
    pace.isDue(nowMs, () => {
      asked++;
      return isChanged;
    });

  /** When looks begin that take so long each, asked as by a timer. */
  function looks(untilMs: number, costMs: number): number[] {
    const begun: number[] = [];
    for (let nowMs = 0; nowMs < untilMs; nowMs += TIMER_MS) {
      if (isDue(nowMs)) {
        begun.push(nowMs);
        pace.looked(nowMs + costMs, costMs);
      }
    }
    return begun;
  }

  it('is due at once, and then an interval after each look', () => {
    assert.deepEqual(looks(6_301, 0), [0, 2_000, 4_000, 6_000]);
    pace = new RescanPace(2_000);
    assert.deepEqual(looks(6_301, 5), [0, 2_100, 4_200, 6_300]);
  });

  it('is due as soon as something changed', () => {
    pace.looked(0, 0);
    assert.equal(isDue(100), false);
    isChanged = true;
    assert.equal(isDue(200), true);
  });

  it('asks for changes also where a look is due anyway: it will find them', () => {
    pace.looked(0, 0);
    assert.equal(isDue(2_000), true);
    assert.equal(asked, 1);
  });

  it('gives a storm of changes a tenth of the time at most', () => {
    isChanged = true;
    for (const costMs of [1, 10, 30, 100, 500, 1_000]) {
      pace = new RescanPace(2_000);
      const untilMs = 100_000;
      const begun = looks(untilMs, costMs).length;
      assert.ok((begun - 1) * costMs <= untilMs / 10, `${begun} looks of ${costMs} ms`);
      assert.ok((begun + 1) * Math.max(TIMER_MS, 10 * costMs + TIMER_MS) >= untilMs, 'too few');
    }
  });

  it('rests after looks that take long, also where nothing changes', () => {
    assert.deepEqual(looks(20_001, 1_000), [0, 10_000, 20_000]);
  });

  it('rests no longer than 10 s, however long a look took', () => {
    assert.deepEqual(looks(40_000, 5_000), [0, 15_000, 30_000]);
  });

  it('does not rest for what a look did about what it saw', () => {
    pace.looked(30_000, 2);
    isChanged = true;
    assert.equal(isDue(30_100), true);
  });

  it('does not ask for changes while it rests: they wait for the next look', () => {
    pace.looked(0, 100);
    isChanged = true;
    assert.equal(isDue(899), false);
    assert.equal(asked, 0);
    assert.equal(isDue(900), true);
  });
});
