// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { askBpf, readLibbpfVersion } from '../../../src/kernel/bpf-support.ts';

it('gives the version of libbpf', (t) => {
  t.mock.method(libbpf(), 'libbpf_major_version', () => ({ value: 1, errno: 0 }));
  t.mock.method(libbpf(), 'libbpf_minor_version', () => ({ value: 5, errno: 0 }));
  assert.equal(readLibbpfVersion(), '1.5');
});

for (const [value, symbol] of [
  [-77, 'EBADFD'],
  [-1, 'EPERM'],
  [-38, 'ENOSYS'],
] as const) {
  it(`asks bpf(2) for nothing, and tells who answers with ${symbol}`, (t) => {
    const ask = t.mock.method(libbpf(), 'bpf_obj_get_info_by_fd', () => ({ value, errno: 0 }));
    assert.equal(askBpf(), symbol);
    assert.equal((ask.mock.calls[0]?.arguments as unknown[] | undefined)?.[0], -1);
  });
}
