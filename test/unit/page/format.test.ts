// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatBucket,
  formatCount,
  formatDevice,
  formatRate,
  formatShare,
} from '../../../src/page/format.ts';

describe('formatCount', () => {
  it('has every digit of a counter', () => {
    assert.equal(formatCount(1_234_567), '1,234,567');
    assert.equal(formatCount(Number.MAX_SAFE_INTEGER), '9,007,199,254,740,991');
    fc.assert(
      fc.property(fc.maxSafeNat(), (count) => {
        assert.equal(Number(formatCount(count).replaceAll(',', '')), count);
      }),
    );
  });
});

describe('formatRate', () => {
  it('has three digits and a prefix', () => {
    const said = [0, 0.5, 7.25, 812, 999.4, 999.6, 1234, 12_345, 200_000, 999_600, 9.7e8, 1e15];
    assert.deepEqual(said.map(formatRate), [
      ...['0', '0.5', '7.25', '812', '999', '1.00 k', '1.23 k', '12.3 k', '200 k'],
      ...['1.00 M', '970 M', '1.00 P'],
    ]);
  });

  it('is never wider than "9.99 E", and never off by more than half a percent', () => {
    const factors: Record<string, number> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
    fc.assert(
      fc.property(fc.double({ min: 1, max: 2 ** 63, noNaN: true }), (rate) => {
        const text = formatRate(rate);
        assert.ok(text.length <= '9.99 E'.length, text);
        const [digits, prefix = ''] = text.split(' ');
        assert.ok(Math.abs(Number(digits) * (factors[prefix] ?? 1) - rate) <= rate / 200, text);
      }),
    );
  });
});

describe('formatShare', () => {
  it('tells little from nothing', () => {
    assert.deepEqual([0, 0.0001, 0.001, 0.123, 0.9999, 1].map(formatShare), [
      '0 %',
      '<0.1 %',
      '0.1 %',
      '12.3 %',
      '100 %',
      '100 %',
    ]);
  });
});

describe('formatBucket and formatDevice', () => {
  it('name the first bucket, one between and the last one', () => {
    assert.deepEqual(
      [formatBucket(0, 64), formatBucket(64, 128), formatBucket(65_536, undefined)],
      ['0–64', '65–128', 'over 65,536'],
    );
  });

  it('name the namespace where there is one', () => {
    assert.equal(formatDevice({ name: 'eth0' }), 'eth0');
    assert.equal(formatDevice({ name: 'eth0', netns: 'blue' }), 'eth0 in blue');
  });
});
