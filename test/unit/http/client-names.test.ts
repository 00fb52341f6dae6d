// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namesOf } from '../../../src/http/client-names.ts';

describe('namesOf', () => {
  it('has the names that the toolkit compares, in its form', () => {
    const text =
      'DNS:a.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:spiffe://x/y, email:me@a.example';
    assert.deepEqual(namesOf(text), [
      'a.example',
      '192.0.2.1',
      '2001:db8::1',
      'spiffe://x/y',
      'me@a.example',
    ]);
    assert.deepEqual(namesOf(''), []);
  });

  it('takes no name from within another, and none of a kind that nobody compares', () => {
    assert.deepEqual(namesOf('DNS:"a.example, DNS:admin.example"'), [
      'a.example, DNS:admin.example',
    ]);
    assert.deepEqual(namesOf('URI:"http://x/\\", DNS:admin"'), ['http://x/", DNS:admin']);
    assert.deepEqual(namesOf('othername:<unsupported>, DNS:b'), ['b']);
    assert.deepEqual(namesOf('DirName:"CN = DNS:c", Registered ID:1.2.3'), []);
  });
});
