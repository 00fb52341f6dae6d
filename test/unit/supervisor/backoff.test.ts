// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backoff } from '../../../src/supervisor/backoff.ts';

describe('Backoff', () => {
  it('doubles to half a second for a process that served, and to ten seconds for one that did not', () => {
    const served = new Backoff();
    assert.deepEqual(
      [1, 1, 1, 1, 1].map((ranMs) => served.delayAfter(ranMs, true)),
      [100, 200, 400, 500, 500],
    );
    const failed = new Backoff();
    const delays = Array.from({ length: 9 }, () => failed.delayAfter(1, false));
    assert.deepEqual(delays.slice(-3), [6_400, 10_000, 10_000]);
  });

  it('begins anew after a process that ran for a minute', () => {
    const backoff = new Backoff();
    backoff.delayAfter(1, false);
    backoff.delayAfter(1, false);
    assert.equal(backoff.delayAfter(60_000, true), 100);
    assert.equal(backoff.delayAfter(1, true), 200);
  });
});
