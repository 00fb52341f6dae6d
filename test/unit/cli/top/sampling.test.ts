// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeSampling } from '../../../../src/cli/top/sampling.ts';

describe('describeSampling', () => {
  it('says nothing where every packet has its record, or none came', () => {
    assert.equal(describeSampling(1_000_000, 0), undefined);
    assert.equal(describeSampling(0, 0), undefined);
  });

  it('tells the interval that was in effect', () => {
    for (const [read, leftOut, interval] of [
      [125_311, 874_689, '1 in 8'],
      [250_411, 750_001, '1 in 4'],
      [60, 100, '1 in 3'],
      [100, 50, '1 in 1.5'],
      [1_000_000, 1, '1 in 1.01'],
      [1, 65_535, '1 in 65536'],
    ] as const) {
      assert.equal(describeSampling(read, leftOut), `${interval}: lists, queues estimated`);
    }
  });

  it('has no interval to tell where no record was read', () => {
    assert.equal(describeSampling(0, 3), 'sampled: lists, queues estimated');
  });
});
