// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RecentMaximum } from '../../../src/recorder/recent-maximum.ts';

const START_MS = 86_400_000;

describe('RecentMaximum', () => {
  it('is 0 before anything was added', () => {
    assert.equal(new RecentMaximum().value(START_MS), 0);
  });

  it('is the largest value, wherever in the minute it came', () => {
    const recent = new RecentMaximum();
    for (const [second, value] of [0.25, 0.75, 0.5].entries()) {
      recent.add(START_MS + second * 15_000, value);
    }
    assert.equal(recent.value(START_MS + 45_000), 0.75);
  });

  it('does not let a smaller value take the place of a larger one of the same moment', () => {
    const recent = new RecentMaximum();
    recent.add(START_MS, 0.75);
    recent.add(START_MS, 0.25);
    assert.equal(recent.value(START_MS), 0.75);
  });

  it('stays the same however often it is read', () => {
    const recent = new RecentMaximum();
    recent.add(START_MS, 0.5);
    for (let second = 0; second < 50; second++) {
      assert.equal(recent.value(START_MS + second * 1000), 0.5);
    }
  });

  it('knows a value for a minute at least, and for ten seconds more at most', () => {
    for (const withinSpan of [0, 1, 5_000, 9_999]) {
      const recent = new RecentMaximum();
      const addedMs = START_MS + withinSpan;
      recent.add(addedMs, 1);
      assert.equal(recent.value(addedMs + 60_000), 1);
      assert.equal(recent.value(addedMs + 70_000), 0);
    }
  });

  for (const silenceSeconds of [70, 80, 120, 600, 86_400]) {
    it(`has forgotten everything after ${silenceSeconds} seconds without a value`, () => {
      const recent = new RecentMaximum();
      for (let second = 0; second < 60; second += 10) {
        recent.add(START_MS + second * 1000, 1);
      }
      recent.add(START_MS + (50 + silenceSeconds) * 1000, 0.125);
      assert.equal(recent.value(START_MS + (50 + silenceSeconds) * 1000), 0.125);
    });
  }

  it('works from the beginning of time', () => {
    const recent = new RecentMaximum();
    recent.add(0, 0.5);
    assert.equal(recent.value(69_999), 0.5);
    assert.equal(recent.value(70_000), 0);
  });

  it('is right to within ten seconds, whatever comes when', () => {
    const step = fc.record({
      passedMs: fc.oneof(fc.nat(100), fc.nat(20_000), fc.nat(200_000)),
      value: fc.double({ min: 0, max: 1, noNaN: true }),
      isRead: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.nat(1e13), fc.array(step, { maxLength: 60 }), (startMs, steps) => {
        const recent = new RecentMaximum();
        const added: { atMs: number; value: number }[] = [];
        let nowMs = startMs;
        const largest = (forMs: number) =>
          Math.max(
            0,
            ...added.filter(({ atMs }) => nowMs - atMs < forMs).map(({ value }) => value),
          );
        for (const { passedMs, value, isRead } of steps) {
          nowMs += passedMs;
          if (isRead) {
            const read = recent.value(nowMs);
            assert.ok(read >= largest(60_001), `${read} is less than of a minute`);
            assert.ok(read <= largest(70_000), `${read} is more than of 70 seconds`);
          } else {
            recent.add(nowMs, value);
            added.push({ atMs: nowMs, value });
          }
        }
      }),
    );
  });
});
