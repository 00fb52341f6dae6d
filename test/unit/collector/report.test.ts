// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collect } from '../../../src/collector/report.ts';

describe('collect', () => {
  it('gives the part and a report of success', () => {
    const part = { packets: 1 };
    const collected = collect('traffic', () => part);
    assert.equal(collected.part, part);
    assert.equal(collected.report.name, 'traffic');
    assert.equal(collected.report.success, true);
    assert.equal('error' in collected, false);
  });

  it('gives the error and a report of failure, and throws nothing', () => {
    const failure = new Error('EBADF');
    const collected = collect('traffic', () => {
      throw failure;
    });
    assert.equal(collected.error, failure);
    assert.equal(collected.report.success, false);
    assert.equal('part' in collected, false);
  });

  it('measures in seconds, also where the collector fails', (t) => {
    let now = 0n;
    t.mock.method(process.hrtime, 'bigint', () => now);
    const slow = () => {
      now += 1_500_000_000n;
    };
    assert.equal(collect('slow', slow).report.durationSeconds, 1.5);
    const failing = () => {
      slow();
      throw new Error('late');
    };
    assert.equal(collect('failing', failing).report.durationSeconds, 1.5);
  });
});
