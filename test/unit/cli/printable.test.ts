// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printable, printableName } from '../../../src/cli/printable.ts';

describe('printable', () => {
  it('leaves printable ASCII as it is', () => {
    const ascii = Array.from({ length: 0x7f - 0x20 }, (_, code) =>
      String.fromCharCode(code + 0x20),
    );
    assert.equal(printable(ascii.join('')), ascii.join(''));
  });

  it('escapes what could control a terminal, or is not ASCII', () => {
    assert.equal(printable('\u001b[2J\r\n\u007f'), '\\u001b[2J\\u000d\\u000a\\u007f');
    assert.equal(printable('ü\u2028\u202e'), '\\u00fc\\u2028\\u202e');
    assert.equal(printable('\u{1f600}'), '\\ud83d\\ude00');
  });

  it('leaves what it gave as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.match(printable(text), /^[\x20-\x7e]*$/);
        assert.equal(printable(printable(text)), printable(text));
      }),
    );
  });
});

describe('printableName', () => {
  const names = [
    ['eth0.100', 'eth0.100'],
    ['802.1Q VLAN Support', '802.1Q VLAN Support'],
    ['a"b\\{}', '"a\\"b\\\\{}"'],
    ['"q"', '"\\"q\\""'],
    ['\\u001b', '"\\\\u001b"'],
    ['\u001b', '"\\u001b"'],
    ['et\ufffdh#12', '"et\\ufffdh#12"'],
  ] as const;
  for (const [name, shown] of names) {
    it(`shows ${JSON.stringify(name)} as ${shown}`, () => {
      assert.equal(printableName(name), shown);
    });
  }

  it('gives printable ASCII for whatever name, from which the name can be had back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const shown = printableName(name);
        assert.match(shown, /^[\x20-\x7e]*$/);
        assert.equal(shown.startsWith('"') ? JSON.parse(shown) : shown, name);
      }),
    );
  });
});
