// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodeOf, RequirementError } from '../../../src/errors.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';

describe('libbpf', () => {
  it('asks for the package, with exit code 2, where the library is missing', () => {
    assert.throws(
      () => libbpf('libbpf-that-is-not-there.so.1'),
      (error) => {
        assert.ok(error instanceof RequirementError);
        assert.equal(exitCodeOf(error), 2);
        assert.match(error.message, /^load "libbpf-that-is-not-there\.so\.1": /);
        assert.match(error.message, /install libbpf 1\.x \(Debian and Ubuntu: libbpf1\)$/);
        assert.ok(error.cause instanceof Error);
        return true;
      },
    );
  });

  it('is loaded once, also after it was missing', () => {
    const first = libbpf();
    assert.equal(libbpf(), first);
    assert.equal(first.bpf_object__open_file('/no/such/object.o', null).value, 0);
  });
});
