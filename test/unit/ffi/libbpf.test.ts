// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';

describe('libbpf', () => {
  it('is loaded once', () => {
    const first = libbpf();
    assert.equal(libbpf(), first);
    assert.equal(first.bpf_object__open_file('/no/such/object.o', null).value, 0);
  });
});
