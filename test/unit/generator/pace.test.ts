// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace } from '../../../src/generator/pace.ts';

/** Runs `pace` against a clock that moves `stepMs` a turn; gives what was sent in each turn. */
function simulate(pace: Pace, stepMs: number, turns: number, runMs = 1): number[] {
  return Array.from({ length: turns }, (_, turn) => {
    const frames = pace.due(1000 + turn * stepMs);
    pace.ran(frames, runMs);
    return frames;
  });
}

const total = (runs: readonly number[]) => runs.reduce((sum, frames) => sum + frames, 0);

describe('Pace', () => {
  it('grants exactly the rate over time, in even portions', () => {
    const runs = simulate(new Pace(200_000, 1000), 5, 201);
    assert.equal(total(runs), 200_000);
    assert.deepEqual(new Set(runs.slice(1)), new Set([1000]));
  });

  it('grants whole frames, however slow', () => {
    const runs = simulate(new Pace(10, 1000), 5, 401);
    assert.equal(total(runs), 20);
    assert.deepEqual(new Set(runs), new Set([0, 1]));
  });

  it('makes up for a delay in runs of at most 20 ms worth', () => {
    const pace = new Pace(100_000, 0);
    const send = (nowMs: number) => {
      const frames = pace.due(nowMs);
      pace.ran(frames, 1);
      return frames;
    };
    assert.deepEqual(
      [5, 60, 65, 70, 75, 80, 85].map(send),
      [500, 2000, 2000, 2000, 1000, 500, 500],
    );
  });

  it('forgets what is more than a second old', () => {
    const pace = new Pace(1000, 0);
    const runs = Array.from({ length: 100 }, (_, turn) => {
      const frames = pace.due(60_000 + turn * 5);
      pace.ran(frames, 1);
      return frames;
    });
    assert.equal(total(runs), 1000 + 99 * 5);
  });

  it('charges only what was sent, not what was due', () => {
    const pace = new Pace(100_000, 0);
    assert.equal(pace.due(10), 1000);
    pace.ran(400, 1);
    assert.equal(pace.due(10), 600);
  });

  it('waits for the next tick when all that was due is sent, and not when a run was cut short', () => {
    const pace = new Pace(1_000_000, 0);
    assert.equal(pace.ran(pace.due(4), 1), 5);
    assert.equal(pace.due(20), 4096);
    assert.equal(pace.ran(4096, 12), 0);
  });

  it('grows runs at full speed until they take 10 ms, and halves those that take more than 25', () => {
    const pace = new Pace(Number.POSITIVE_INFINITY, 0);
    assert.deepEqual(simulate(pace, 1, 4), [4096, 8192, 16_384, 32_768]);
    assert.deepEqual(simulate(pace, 1, 3, 15), [65_536, 65_536, 65_536]);
    assert.deepEqual(simulate(pace, 1, 3, 60), [65_536, 32_768, 16_384]);
  });

  it('keeps runs between 64 and a million frames', () => {
    const pace = new Pace(Number.POSITIVE_INFINITY, 0);
    assert.equal(simulate(pace, 1, 20).at(-1), 2 ** 20);
    assert.equal(simulate(pace, 1, 40, 60).at(-1), 64);
  });
});
