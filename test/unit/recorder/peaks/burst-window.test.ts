// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BurstWindow, type WindowShape } from '../../../../src/recorder/peaks/burst-window.ts';

const SHAPE: WindowShape = { bucketMs: 1, buckets: 10, kept: 64, latestMs: 40 };
/** After more than 24 days: the buckets' numbers have more than 31 bits. */
const START_MS = 2 ** 31 + 12_345.5;
const BYTES = 60;

/** Packets by the ms after the start at which they came. */
type Arrivals = readonly (readonly [ms: number, packets: number])[];

/** Has a reader look every `turnMs`, or when `turns` says. */
function read(arrivals: Arrivals, turns: readonly number[]): BurstWindow {
  const window = new BurstWindow(SHAPE, START_MS);
  let before = Number.NEGATIVE_INFINITY;
  for (const turn of turns) {
    const nowMs = START_MS + turn;
    window.begin(nowMs);
    for (const [ms, packets] of arrivals.filter(([at]) => at >= before && at < turn)) {
      window.add(START_MS + ms, packets, packets * BYTES);
    }
    window.complete(nowMs, nowMs);
    before = turn;
  }
  return window;
}

const every = (stepMs: number, untilMs: number) =>
  Array.from({ length: Math.floor(untilMs / stepMs) + 1 }, (_, index) => index * stepMs);

const peakAt = (window: BurstWindow, ms: number) => window.peak(START_MS + ms).packets;

/** The most packets in any ten whole milliseconds of the clock in a row, found the slow way. */
function largest(arrivals: Arrivals): number {
  const bucketed = arrivals.map(([ms, packets]) => [Math.floor(START_MS + ms), packets] as const);
  const inWindow = (first: number) =>
    bucketed.reduce(
      (sum, [bucket, packets]) => sum + (bucket >= first && bucket < first + 10 ? packets : 0),
      0,
    );
  return Math.max(0, ...bucketed.map(([bucket]) => inWindow(bucket)));
}

describe('BurstWindow', () => {
  it('has nothing before anything came', () => {
    assert.deepEqual(read([], every(4, 100)).peak(START_MS + 100), { packets: 0, bytes: 0 });
  });

  it('has a burst of 9 ms as a whole, whenever it begins and however turns cut it', () => {
    for (const begin of every(0.25, 12)) {
      const burst = every(0.5, 8.5).map((ms) => [20 + begin + ms, 1_000] as const);
      const window = read(burst, every(4, 200));
      assert.deepEqual(window.peak(START_MS + 200), { packets: 18_000, bytes: 18_000 * BYTES });
    }
  });

  it('has ten milliseconds of steady traffic, never more, also where a turn is late', () => {
    const steady = every(1, 400).map((ms) => [ms, 50] as const);
    for (const turns of [every(4, 400), [0, 4, 8, 40, 44, 60, 99, 100, 130, 160, 190, 230, 270]]) {
      assert.equal(peakAt(read(steady, turns), 400), 500);
    }
  });

  it('tells of packets that have just come', () => {
    const window = read([[3.9, 7]], [0, 4]);
    assert.equal(peakAt(window, 4), 7);
  });

  it('adds up what several CPUs had at the same time, in whatever order they are read', () => {
    const window = new BurstWindow(SHAPE, START_MS);
    window.begin(START_MS + 20);
    for (const ms of [15, 3, 9, 14, 4, 10]) {
      window.add(START_MS + ms, 1, BYTES);
    }
    window.complete(START_MS + 20, START_MS + 20);
    // Those at 9, 10, 14 and 15 ms, or at 3, 4, 9 and 10.
    assert.deepEqual(window.peak(START_MS + 20), { packets: 4, bytes: 4 * BYTES });
  });

  it('keeps the most packets and the most bytes apart', () => {
    const window = new BurstWindow(SHAPE, START_MS);
    window.add(START_MS, 10, 600);
    window.begin(START_MS + 20);
    window.add(START_MS + 20, 2, 3_000);
    assert.deepEqual(window.peak(START_MS + 21), { packets: 10, bytes: 3_000 });
  });

  it('remembers a burst for a minute, and forgets it ten seconds later', () => {
    const turns = every(4, 100);
    assert.equal(peakAt(read([[50, 5]], turns), 60_000), 5);
    assert.equal(peakAt(read([[50, 5]], turns), 70_100), 0);
  });

  it('has no place for what is read too late or comes from the future', () => {
    const window = read([], [0, 4, 8]);
    window.begin(START_MS + 1_000);
    window.add(START_MS + 500, 100, BYTES);
    window.add(START_MS + 100_000, 100, BYTES);
    window.complete(START_MS + 1_000, START_MS + 1_000);
    assert.equal(peakAt(window, 1_000), 0);
  });

  it('takes what is older by a little as if it came just after what is complete', () => {
    const window = read([[95, 3]], every(4, 100));
    window.add(START_MS + 98, 2, BYTES);
    assert.equal(peakAt(window, 101), 5);
  });

  it('is the largest of all windows, whatever comes when and is read when', () => {
    const arrivals = fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 9 })), {
      maxLength: 60,
    });
    const gaps = fc.array(fc.integer({ min: 1, max: 38 }), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(arrivals, gaps, (came, waits) => {
        let ms = 0;
        const turns = waits.map((wait) => {
          ms += wait;
          return ms;
        });
        const seen = came.filter(([at]) => at < ms);
        assert.equal(peakAt(read(came, turns), ms), largest(seen));
      }),
    );
  });
});
