// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainReason, meaningsOf, REASONS, sentenceOf } from '../../src/reasons.ts';

describe('the list of reasons', () => {
  for (const [code, { cause, remedy }] of Object.entries(REASONS)) {
    it(`tells of ${code} a cause and a remedy that fit into one line`, () => {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/);
      for (const clause of [cause, remedy]) {
        assert.match(clause, /^\S[^\n|]+[^.;\s]$/);
      }
      assert.match(sentenceOf(cause), /^[A-Z].*\.$/);
    });
  }

  it('names no cause twice', () => {
    const causes = Object.values(REASONS).map(({ cause }) => cause);
    assert.equal(new Set(causes).size, causes.length);
  });

  it('is quoted by errors, with more detail where there is some', () => {
    assert.equal(
      explainReason('mtu'),
      'the MTU is too large for XDP; lower the MTU, or use --xdp-mode generic',
    );
    assert.equal(
      explainReason('left_out', 'none is free'),
      'none is free; choose fewer devices, or give run a larger --max-devices',
    );
  });

  it('explains labels in sentences', () => {
    assert.deepEqual(meaningsOf(['absent', 'mtu']), {
      absent: 'No such device.',
      mtu: 'The MTU is too large for XDP.',
    });
  });
});
