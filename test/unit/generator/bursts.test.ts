// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bursts } from '../../../src/generator/bursts.ts';

describe('Bursts', () => {
  const plan = { frames: 20_000, everySeconds: 1 };

  it('sends the first burst at once, and the next when its time has come', () => {
    const bursts = new Bursts(plan, 100);
    assert.equal(bursts.due(100), 20_000);
    assert.equal(bursts.ran(20_000, 5), 50);
    assert.equal(bursts.due(1099), 0);
    assert.equal(bursts.ran(0, 0), 1);
    assert.equal(bursts.due(1101), 20_000);
    assert.equal(bursts.ran(20_000, 5), 50);
    // Not from when the last one went, but from when it was due.
    assert.equal(bursts.due(2100), 20_000);
  });

  it('waits no longer than to the next burst', () => {
    const bursts = new Bursts(plan, 0);
    bursts.due(0);
    bursts.ran(20_000, 5);
    bursts.due(980);
    assert.equal(bursts.ran(0, 0), 20);
  });

  it('sends at once what a signal has left of a burst', () => {
    const bursts = new Bursts(plan, 0);
    bursts.due(0);
    assert.equal(bursts.ran(15_000, 4), 0);
    assert.equal(bursts.due(4), 5000);
    assert.equal(bursts.ran(5000, 1), 50);
  });

  it('leaves out what came due while it was not asked', () => {
    const bursts = new Bursts(plan, 0);
    bursts.due(0);
    bursts.ran(20_000, 5);
    assert.equal(bursts.due(4500), 20_000);
    bursts.ran(20_000, 5);
    assert.equal(bursts.due(4999), 0);
    assert.equal(bursts.due(5000), 20_000);
  });
});
