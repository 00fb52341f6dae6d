// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Family, parseAddressBlock } from '../../../src/generator/address.ts';

const BLOCKS: readonly [string, Family, string, number][] = [
  ['192.0.2.1/24', 4, 'c0000201', 255],
  ['10.0.0.0/8', 4, '0a000000', 2 ** 24],
  ['255.255.255.255/32', 4, 'ffffffff', 1],
  ['0.0.0.0/0', 4, '00000000', 2 ** 32],
  ['2001:db8::1/64', 6, '20010db8000000000000000000000001', 2 ** 32 - 1],
  ['2001:db8:1:2:3:4:5:fff0/124', 6, '20010db800010002000300040005fff0', 16],
  ['::/0', 6, '00000000000000000000000000000000', 2 ** 32],
  ['ff::/128', 6, '00ff0000000000000000000000000000', 1],
];

describe('parseAddressBlock', () => {
  for (const [text, family, bytes, size] of BLOCKS) {
    it(`reads ${text} as ${size} addresses`, () => {
      const block = parseAddressBlock(text, family);
      assert.equal(block.first.toString('hex'), bytes);
      assert.equal(block.size, size);
    });
  }

  const refused: readonly [string, Family][] = [
    ['192.0.2.1', 4],
    ['192.0.2.1/33', 4],
    ['192.0.2.256/24', 4],
    ['192.0.2.1/24/1', 4],
    ['192.0.2.1/', 4],
    ['192.0.2.1/2e1', 4],
    ['2001:db8::1/64', 4],
    ['192.0.2.1/24', 6],
    ['2001:db8::1/129', 6],
    ['::ffff:192.0.2.1/96', 6],
    ['fe80::1%gen0/64', 6],
  ];
  for (const [text, family] of refused) {
    it(`refuses ${text} as IPv${family}, quoting it`, () => {
      assert.throws(() => parseAddressBlock(text, family), {
        name: 'ConfigError',
        message: `read prefix "${text}": not one of IPv${family}, such as ${family === 4 ? '"192.0.2.1/24"' : '"2001:db8::1/64"'}`,
      });
    });
  }
});
