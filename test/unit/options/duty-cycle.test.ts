// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '../../../src/errors.ts';
import { parseDutyCycle } from '../../../src/options/duty-cycle.ts';

describe('parseDutyCycle', () => {
  it('takes two times in seconds', () => {
    assert.deepEqual(parseDutyCycle('1s/60s'), { measureMs: 1000, everyMs: 60_000 });
    assert.deepEqual(parseDutyCycle('0.1s/0.5s'), { measureMs: 100, everyMs: 500 });
  });

  for (const text of ['1s', '1/60', '60s/1s', '1s/1s', '0.05s/1s', '1s/86401s', '-1s/60s', 'x']) {
    it(`refuses "${text}", and says what would do`, () => {
      assert.throws(() => parseDutyCycle(text), ConfigError);
    });
  }
});
