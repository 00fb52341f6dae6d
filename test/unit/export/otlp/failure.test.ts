// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureOf } from '../../../../src/export/otlp/failure.ts';

describe('failureOf', () => {
  it('finds words in an error of many addresses', () => {
    const errors = [new Error('connect ECONNREFUSED ::1:4318'), new Error('connect to v4')];
    const error = Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' });
    assert.equal(
      failureOf(error).cause,
      'ECONNREFUSED: connect ECONNREFUSED ::1:4318, connect to v4',
    );
  });

  it('has words for whatever was thrown', () => {
    assert.equal(failureOf(undefined).kind, 'other');
    assert.equal(failureOf('odd').cause, 'odd');
    assert.equal(failureOf(Object.assign(new Error(), { code: 999 })).cause, 'HTTP 999');
  });
});
