// SPDX-License-Identifier: Apache-2.0
// Only what is read back can be judged here: test/e2e/drop-privileges.test.ts drops them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keptRight } from '../../../src/kernel/drop-rights.ts';

const USER = { uid: 1234, gid: 99 };
const NONE = '0000000000000000';

const statusWith = (fields: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    Name: 'node',
    Uid: '1234\t1234\t1234\t1234',
    Gid: '99\t99\t99\t99',
    Groups: ' ',
    CapInh: NONE,
    CapPrm: NONE,
    CapEff: NONE,
    CapBnd: '000001ffffffffff',
    CapAmb: NONE,
    NoNewPrivs: '1',
    ...fields,
  })
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('');

describe('keptRight', () => {
  it('finds nothing in a thread that has nothing', () => {
    assert.equal(keptRight(statusWith(), USER), undefined);
  });

  const kept: readonly (readonly [name: string, value: string])[] = [
    ['CapPrm', '0000000000001000'],
    ['CapEff', '0000000000001000'],
    ['CapAmb', '8000000000000000'],
    ['Uid', '1234\t1234\t0\t1234'],
    ['Uid', '1235\t1235\t1235\t1235'],
    ['Gid', '99\t0\t99\t99'],
    ['Groups', '27'],
    ['NoNewPrivs', '0'],
  ];
  for (const [name, value] of kept) {
    it(`names ${name} "${value}"`, () => {
      assert.equal(keptRight(statusWith({ [name]: value }), USER), `${name} ${value}`);
    });
  }

  it('takes what the kernel does not show for kept', () => {
    assert.equal(keptRight('Name:\tnode\n', USER), 'CapPrm unknown');
  });
});
