// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SampledDevices } from '../../../../src/recorder/peaks/sampled-devices.ts';

describe('SampledDevices', () => {
  it('has none while nothing was left out, also where the interval was raised', () => {
    const sampled = new SampledDevices(2);
    sampled.sampled(1_000);
    assert.equal(sampled.has(0, 0, 1_000), false);
  });

  it('has a device of which packets were left out, and no other, until all windows have forgotten them', () => {
    const sampled = new SampledDevices(2);
    sampled.sampled(1_000);
    assert.deepEqual([sampled.has(0, 5, 1_001), sampled.has(1, 0, 1_001)], [true, false]);
    assert.equal(sampled.has(0, 5, 70_999), true);
    assert.equal(sampled.has(0, 5, 71_000), false);
  });

  it('counts from the last time that packets may have been left out, however late it is asked', () => {
    const sampled = new SampledDevices(1);
    sampled.sampled(1_000);
    assert.equal(sampled.has(0, 5, 500_000), false);
    sampled.sampled(600_000);
    assert.equal(sampled.has(0, 5, 600_001), false);
    assert.equal(sampled.has(0, 6, 600_002), true);
  });

  it('begins anew with a slot that another device has', () => {
    const sampled = new SampledDevices(1);
    sampled.sampled(1_000);
    sampled.has(0, 5, 1_001);
    sampled.clearSlot(0);
    assert.equal(sampled.has(0, 0, 1_002), false);
  });
});
