// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTokenBucket } from '../../../../src/recorder/top-lists/token-bucket.ts';

const MINUTE_MS = 60_000;

function takeAll(bucket: { take(clockMs: number): boolean }, clockMs: number): number {
  let taken = 0;
  while (bucket.take(clockMs)) {
    taken++;
  }
  return taken;
}

describe('createTokenBucket', () => {
  it('gives 60 at once, and then as many an hour as it was made for', () => {
    const bucket = createTokenBucket(600);
    assert.equal(takeAll(bucket, 0), 60);
    let taken = 0;
    for (let minute = 1; minute <= 60; minute++) {
      taken += takeAll(bucket, minute * MINUTE_MS);
    }
    assert.equal(taken, 600);
  });

  it('saves up no more than a burst', () => {
    const bucket = createTokenBucket(600);
    assert.equal(takeAll(bucket, 100 * MINUTE_MS), 60);
    assert.equal(takeAll(bucket, 200 * MINUTE_MS), 60);
  });

  it('gives no more at once than in an hour', () => {
    const bucket = createTokenBucket(5);
    assert.equal(takeAll(bucket, 0), 5);
    assert.equal(takeAll(bucket, 11 * MINUTE_MS), 0);
    assert.equal(takeAll(bucket, 12 * MINUTE_MS), 1);
  });

  it('gives as many an hour as it was made for, also where that is more than a burst in every second', () => {
    const bucket = createTokenBucket(1_000_000);
    takeAll(bucket, 0);
    let taken = 0;
    for (let second = 1; second <= 3600; second++) {
      taken += takeAll(bucket, second * 1000);
    }
    assert.ok(Math.abs(taken - 1_000_000) <= 1, `${taken}`);
  });

  it('gives none where none are allowed', () => {
    assert.equal(takeAll(createTokenBucket(0), 1e9), 0);
  });
});
