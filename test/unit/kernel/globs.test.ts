// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { isGlob } from '../../../src/kernel/globs.ts';

describe('isGlob', () => {
  it('tells patterns from names', () => {
    for (const pattern of ['*', 'eth*', 'eth?', 'eth[01]', 'eth{0,1}', '@(a|b)', '!(lo)', '!lo']) {
      assert.equal(isGlob(pattern), true, pattern);
    }
    for (const name of ['eth0', 'eth0.100', 'br-4f2a', 'a@b', 'x+y', 'tun_0', 'en0:1']) {
      assert.equal(isGlob(name), false, name);
    }
  });

  it('says the same as picomatch of every word that it knows without', () => {
    const letters = [...'aZ09_.:@-'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...letters), { minLength: 1 }), (word) => {
        const { isGlob: hasWildcard, negated } = picomatch.scan(word.join(''));
        assert.deepEqual([hasWildcard, negated], [false, false]);
        assert.equal(isGlob(word.join('')), false);
      }),
    );
  });
});
