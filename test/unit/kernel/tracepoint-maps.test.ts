// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errnoName } from '../../../src/ffi/errno.ts';
import { TRACEPOINT_COUNTERS } from '../../../src/kernel/tracepoint-layout.ts';
import { ACTIONS } from '../../../src/snapshot/packet-class.ts';
import { REDIRECT_ERRORS } from '../../../src/snapshot/tracepoints.ts';

describe('the counters of a device at the tracepoints', () => {
  it('are one for each action and each error on the list', () => {
    assert.equal(TRACEPOINT_COUNTERS.lengths.exceptions, ACTIONS.length);
    assert.equal(TRACEPOINT_COUNTERS.lengths.errors, REDIRECT_ERRORS.length);
  });

  it('are of errors that have a number, each its own, but for the first', () => {
    const names = Array.from({ length: 255 }, (_, index) => errnoName(index + 1));
    const [other, ...errors] = REDIRECT_ERRORS;
    assert.equal(other, 'other');
    for (const error of errors) {
      assert.equal(names.filter((name) => name === error).length, 1, error);
    }
  });
});
