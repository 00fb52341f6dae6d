// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatBound, MAX_NUMBER_LENGTH, writeNumber } from '../../../../src/export/text/number.ts';

function written(value: number): string {
  const bytes = Buffer.alloc(MAX_NUMBER_LENGTH);
  return bytes.toString('latin1', 0, writeNumber(bytes, 0, value));
}

describe('writeNumber', () => {
  it('writes what reads as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.equal(Number(written(value)), value === 0 ? 0 : value);
      }),
    );
  });

  it('writes integers up to 2^53 digit by digit', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (value) => assert.equal(written(value), String(value))));
    for (let power = 1; power <= 2 ** 53; power *= 10) {
      for (const value of [power - 1, power, power + 1]) {
        assert.equal(written(value), String(value));
      }
    }
    assert.equal(written(2 ** 53), '9007199254740992');
  });

  it('spells what no digits can say as Prometheus does', () => {
    assert.equal(written(Number.NaN), 'NaN');
    assert.equal(written(Number.POSITIVE_INFINITY), '+Inf');
    assert.equal(written(Number.NEGATIVE_INFINITY), '-Inf');
    assert.equal(written(-0), '0');
  });

  it('has room for the longest number', () => {
    assert.equal(written(-2.2250738585072014e-308), '-2.2250738585072014e-308');
    assert.equal(written(-1.7976931348623157e308), '-1.7976931348623157e+308');
  });
});

describe('formatBound', () => {
  /** As Python's prometheus_client and Go's client_golang write them. */
  const bounds = [
    [0, '0.0'],
    [64, '64.0'],
    [-1, '-1.0'],
    [0.5, '0.5'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-10, '1.5e-10'],
    [65_536, '65536.0'],
    [100_000, '100000.0'],
    [1_000_000, '1e+06'],
    [1_048_576, '1.048576e+06'],
    [1e10, '1e+10'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ] as const;

  for (const [value, text] of bounds) {
    it(`spells ${value} as ${text}`, () => {
      assert.equal(formatBound(value), text);
    });
  }
});
