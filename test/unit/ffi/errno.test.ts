// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemError } from '../../../src/errors.ts';
import { checkErrno, checkPointer, checkResult, errnoName } from '../../../src/ffi/errno.ts';

/** libbpf's numbers as libbpf.h prints them; the rest as include/uapi/asm-generic/errno.h. */
const NAMES: readonly (readonly [number, string])[] = [
  [1, 'EPERM'],
  [2, 'ENOENT'],
  [7, 'E2BIG'],
  [9, 'EBADF'],
  [16, 'EBUSY'],
  [17, 'EEXIST'],
  [22, 'EINVAL'],
  [28, 'ENOSPC'],
  [34, 'ERANGE'],
  [56, 'EBADRQC'],
  [77, 'EBADFD'],
  [95, 'EOPNOTSUPP'],
  [524, 'ENOTSUPP'],
  [4000, 'LIBBPF_ERRNO__LIBELF'],
  [4001, 'LIBBPF_ERRNO__FORMAT'],
  [4007, 'LIBBPF_ERRNO__VERIFY'],
  [4013, 'LIBBPF_ERRNO__NLPARSE'],
];

describe('errnoName', () => {
  for (const [errno, name] of NAMES) {
    it(`calls ${errno} ${name}`, () => {
      assert.equal(errnoName(errno), name);
    });
  }

  it('shows the number of an errno that has no name', () => {
    assert.match(errnoName(3999), /3999/);
    assert.match(errnoName(4014), /4014/);
  });
});

describe('checkResult', () => {
  it('gives back what is not negative', () => {
    assert.equal(checkResult('attach', 0), 0);
    assert.equal(checkResult('attach', 17), 17);
  });

  it('throws the operation and the symbol of -errno', () => {
    assert.throws(() => checkResult('attach XDP', -16), {
      name: 'SystemError',
      message: 'attach XDP: EBUSY',
      operation: 'attach XDP',
      code: 'EBUSY',
    });
  });
});

describe('checkErrno', () => {
  it('gives back what is not negative, whatever errno was left from before', () => {
    assert.equal(checkErrno('open socket', { value: 0, errno: 11 }), 0);
    assert.equal(checkErrno('open socket', { value: 5, errno: 11 }), 5);
  });

  it('throws the symbol of errno, not of the -1 that was returned', () => {
    assert.throws(() => checkErrno('open socket', { value: -1, errno: 24 }), {
      name: 'SystemError',
      message: 'open socket: EMFILE',
      code: 'EMFILE',
    });
  });
});

describe('checkPointer', () => {
  it('gives back an address, whatever errno was left from before', () => {
    assert.equal(checkPointer('open', { value: 0x7fff_dead_beef, errno: 2 }), 0x7fff_dead_beef);
  });

  it('throws the symbol of errno for NULL', () => {
    assert.throws(() => checkPointer('find map "m"', { value: 0, errno: 2 }), {
      name: 'SystemError',
      message: 'find map "m": ENOENT',
    });
  });

  it('throws a SystemError for a NULL without an errno too', () => {
    assert.throws(
      () => checkPointer('read initial value', { value: 0, errno: 0 }),
      (error) => error instanceof SystemError && error.message.startsWith('read initial value: '),
    );
  });
});
