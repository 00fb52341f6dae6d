// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printable } from '../../../src/cli/printable.ts';

describe('printable', () => {
  it('leaves printable ASCII as it is', () => {
    const ascii = Array.from({ length: 0x7f - 0x20 }, (_, code) =>
      String.fromCharCode(code + 0x20),
    );
    assert.equal(printable(ascii.join('')), ascii.join(''));
  });

  it('shows "?" for each character that could control a terminal, or is not ASCII', () => {
    assert.equal(printable('\u001b[2J\r\n\u007f\u009bm'), '?[2J????m');
    assert.equal(printable('ü\u2028'), '??');
  });

  it('gives printable ASCII for whatever name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        assert.match(printable(name), /^[\x20-\x7e]*$/);
      }),
    );
  });
});
