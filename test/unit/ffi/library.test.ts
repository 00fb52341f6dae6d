// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bindLibrary } from '../../../src/ffi/library.ts';

const ENOENT = 2;

describe('bindLibrary', () => {
  const libc = bindLibrary('test-libc', 'libc.so.6', {
    abs: { params: ['i32'], returns: 'i32' },
    labs: { params: ['i64'], returns: 'i64' },
    htonl: { params: ['u32'], returns: 'u32' },
    access: { params: ['string', 'i32'], returns: 'i32' },
    strlen: { params: ['string'], returns: 'i64' },
    memcmp: { params: ['buffer', 'buffer', 'i64'], returns: 'i32' },
    time: { params: ['buffer'], returns: 'i64' },
    no_such_function: { params: [], returns: 'void' },
  });

  it('passes and returns numbers of every width', () => {
    assert.equal(libc.abs(-7).value, 7);
    assert.equal(libc.labs(-(2 ** 47)).value, 2 ** 47);
    assert.equal(libc.htonl(0xff).value, 0xff00_0000);
  });

  it('passes text as UTF-8', () => {
    assert.equal(libc.strlen('naïve').value, 6);
  });

  it("passes a Buffer's own memory", () => {
    const now = Buffer.alloc(8);
    const { value } = libc.time(now);
    assert.equal(Number(now.readBigInt64LE()), value);
    assert.equal(libc.memcmp(Buffer.from('abc'), Buffer.from('abd'), 2).value, 0);
    assert.notEqual(libc.memcmp(Buffer.from('abc'), Buffer.from('abd'), 3).value, 0);
  });

  it('passes null as NULL', () => {
    const { value } = libc.time(null);
    assert.ok(value > 1.7e9);
  });

  it('gives errno as the call left it', () => {
    assert.deepEqual(libc.access('/no/such/file', 0), { value: -1, errno: ENOENT });
  });

  it('throws for a function that the library lacks, when it is called', () => {
    assert.throws(() => libc.no_such_function(), /no_such_function/);
  });

  it('throws for a library that is not there', () => {
    assert.throws(() => bindLibrary('test-none', 'libnone.so.9', {}), /libnone\.so\.9/);
  });
});
