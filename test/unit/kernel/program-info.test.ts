// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import {
  readFunctionTypes,
  readProgramInfo,
  readProgramInfoById,
  readRecursionMisses,
} from '../../../src/kernel/program-info.ts';

/** A kernel that describes every program so, as struct bpf_prog_info. */
function fakeInfo(t: TestContext, name: string) {
  return t.mock.method(
    libbpf(),
    'bpf_obj_get_info_by_fd',
    (_fd: number, info: Buffer, size: Buffer) => {
      assert.equal(size.readUInt32LE(), info.length);
      info.writeUInt32LE(6, 0);
      info.writeUInt32LE(4711, 4);
      info.write('0123456789abcdef', 8, 'hex');
      info.write(name, 64, 'latin1');
      return { value: 0, errno: 0 };
    },
  );
}

describe('readProgramInfo', () => {
  it('reads name, id and tag', (t) => {
    fakeInfo(t, 'xdp_exporter');
    assert.deepEqual(readProgramInfo(9), {
      name: 'xdp_exporter',
      id: 4711,
      tag: '0123456789abcdef',
    });
  });

  for (const name of ['fifteen_letters', '']) {
    it(`reads the name "${name}" to its NUL`, (t) => {
      fakeInfo(t, `${name}\0`);
      assert.equal(readProgramInfo(9).name, name);
    });
  }

  it('says that it could not', (t) => {
    t.mock.method(libbpf(), 'bpf_obj_get_info_by_fd', () => ({ value: -9, errno: 9 }));
    assert.throws(() => readProgramInfo(9), {
      name: 'SystemError',
      message: 'read program info: EBADF',
    });
  });
});

describe('readRecursionMisses', () => {
  it('reads how often the program was not run, and 0 of a kernel whose struct ends before', (t) => {
    const info = fakeInfo(t, 'xdp_exception');
    assert.equal(readRecursionMisses(9), 0);
    info.mock.mockImplementation((_fd: number, bytes: Buffer) => {
      bytes.writeBigUInt64LE(12n, 208);
      return { value: 0, errno: 0 };
    });
    assert.equal(readRecursionMisses(9), 12);
  });
});

describe('readFunctionTypes', () => {
  it('reads as many as it has room for where a program has more', (t) => {
    const info = fakeInfo(t, 'many_functions');
    info.mock.mockImplementation((_fd: number, bytes: Buffer) => {
      bytes.writeUInt32LE(257, 144);
      return { value: 0, errno: 0 };
    });
    assert.equal(readFunctionTypes(9).length, 256);
  });
});

describe('readProgramInfoById', () => {
  it('gives the descriptor back, also where reading fails', (t) => {
    t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', () => ({ value: 1234, errno: 0 }));
    const close = t.mock.method(libc(), 'close', () => ({ value: 0, errno: 0 }));
    const info = fakeInfo(t, 'other');
    assert.equal(readProgramInfoById(4711).name, 'other');
    info.mock.mockImplementation(() => ({ value: -1, errno: 1 }));
    assert.throws(() => readProgramInfoById(4711), { code: 'EPERM' });
    assert.deepEqual(
      close.mock.calls.map((call) => call.arguments),
      [[1234], [1234]],
    );
  });

  it('names the program that could not be opened', (t) => {
    t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', () => ({ value: -2, errno: 2 }));
    assert.throws(() => readProgramInfoById(4711), {
      name: 'SystemError',
      message: 'open program 4711: ENOENT',
    });
  });
});
