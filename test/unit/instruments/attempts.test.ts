// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AttemptCounts } from '../../../src/instruments/attempts.ts';
import { InstrumentError } from '../../../src/instruments/instrument.ts';

describe('AttemptCounts', () => {
  it('counts by role and outcome, each from when it first happened', () => {
    let nowMs = 5;
    const attempts = new AttemptCounts(() => nowMs++);
    const refuse = (error: unknown) =>
      assert.throws(
        () =>
          attempts.count((trying) => {
            trying('observed');
            throw error;
          }),
        (thrown) => thrown === error,
      );
    refuse(new InstrumentError('no_btf', 'it has none'));
    refuse(new Error('anything else'));
    refuse(new InstrumentError('no_btf', 'it has none'));
    assert.equal(
      attempts.count((trying) => {
        trying('attached');
        return 7;
      }),
      7,
    );
    assert.deepEqual(attempts.all(), [
      { role: 'observed', outcome: 'no_btf', count: 2, startedAtMs: 5 },
      { role: 'observed', outcome: 'refused', count: 1, startedAtMs: 6 },
      { role: 'attached', outcome: 'success', count: 1, startedAtMs: 7 },
    ]);
  });

  it('counts nothing where nothing was tried', () => {
    const attempts = new AttemptCounts(() => 0);
    attempts.count(() => undefined);
    assert.throws(() =>
      attempts.count(() => {
        throw new InstrumentError('no_program', 'the device is empty');
      }),
    );
    assert.deepEqual(attempts.all(), []);
  });
});
