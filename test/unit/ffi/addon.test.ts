// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodeOf } from '../../../src/errors.ts';
import { loadFailure } from '../../../src/ffi/addon.ts';

const NOT_THERE = 'cannot open shared object file: No such file or directory';

describe('loadFailure', () => {
  const sentences: readonly { what: string; name: string; reason: string; ends: RegExp }[] = [
    {
      what: 'libbpf is missing',
      name: 'libbpf.so.1',
      reason: `libbpf.so.1: ${NOT_THERE}`,
      ends: /; install libbpf 1\.x \(Debian and Ubuntu: libbpf1; Fedora: libbpf\)$/,
    },
    {
      what: 'libbpf lacks a library',
      name: 'libbpf.so.1',
      reason: `libelf.so.1: ${NOT_THERE}`,
      ends: /; install libelf \(.*Fedora: elfutils-libelf\)$/,
    },
    {
      what: 'the addon lacks a library',
      name: 'ffi-rs',
      reason: `librt.so.1: ${NOT_THERE}`,
      ends: /; install all of glibc \(Debian and Ubuntu: libc6; Fedora: glibc\)$/,
    },
    {
      what: 'the addon is not installed',
      name: 'ffi-rs',
      reason: "Cannot find module '@yuuang/ffi-rs-linux-x64-gnu'\nRequire stack:\n- /x/index.js",
      ends: /x64-gnu'; reinstall xdp-exporter, with its optional dependencies \(.*\)$/,
    },
    {
      what: 'the C library is too old',
      name: 'ffi-rs',
      reason: "/lib/libc.so.6: version `GLIBC_2.34' not found",
      ends: /; run it on a system with a newer glibc$/,
    },
    {
      what: 'the C library is another',
      name: 'libc.so.6',
      reason: 'Error loading shared library libc.so.6',
      ends: /; run it on a system with glibc$/,
    },
  ];
  for (const { what, name, reason, ends } of sentences) {
    it(`says in one line what to do where ${what}`, () => {
      const cause = new Error(reason);
      const error = loadFailure(name, cause);
      assert.ok(error.message.startsWith(`load "${name}": `), error.message);
      assert.match(error.message, ends);
      assert.doesNotMatch(error.message, /\n/);
      assert.equal(exitCodeOf(error), 2);
      assert.equal(error.cause, cause);
    });
  }
});
