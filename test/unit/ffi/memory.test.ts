// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { libc } from '../../../src/ffi/libc.ts';
import {
  addressOf,
  allocate,
  pageSizeBytes,
  readMemory,
  viewMemory,
} from '../../../src/ffi/memory.ts';

describe('allocate', () => {
  it('gives zeroed memory of its own, of exactly the size', () => {
    const memory = allocate(80);
    assert.equal(memory.length, 80);
    assert.ok(memory.every((byte) => byte === 0));
    assert.equal(memory.buffer.byteLength, 80);
  });

  it('gives memory that does not move under garbage', () => {
    const memory = allocate(64);
    const before = addressOf(memory);
    const garbage = Array.from({ length: 20_000 }, (_, index) => Buffer.from(`garbage ${index}`));
    assert.equal(garbage.length, 20_000);
    assert.equal(addressOf(memory), before);
  });
});

describe('addressOf', () => {
  it('gives two pieces of memory two addresses that do not overlap', () => {
    const memory = [allocate(4096), allocate(4096)] as const;
    const [first, second] = memory.map(addressOf) as [number, number];
    assert.ok(Math.abs(first - second) >= 4096);
  });

  it('points at the part that a view shows', () => {
    const memory = allocate(32);
    assert.equal(addressOf(memory.subarray(8)), addressOf(memory) + 8);
  });
});

describe('readMemory', () => {
  it('reads back what JavaScript wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 4096 }), (bytes) => {
        const memory = allocate(bytes.length);
        memory.set(bytes);
        assert.deepEqual(new Uint8Array(readMemory(addressOf(memory), bytes.length)), bytes);
      }),
    );
  });

  it('reads any part by its address', () => {
    const memory = allocate(16);
    memory.write('0123456789abcdef');
    assert.equal(readMemory(addressOf(memory) + 10, 4).toString(), 'abcd');
    assert.equal(readMemory(addressOf(memory), 0).length, 0);
  });

  it('gives a copy that later writes do not change', () => {
    const memory = allocate(4);
    const copy = readMemory(addressOf(memory), 4);
    memory.fill(0xff);
    assert.deepEqual([...copy], [0, 0, 0, 0]);
  });
});

describe('viewMemory', () => {
  const READ_AND_WRITE = 3;
  const PRIVATE_ANONYMOUS = 0x22;

  it('shows the memory itself, so that writes on either side are seen on the other', () => {
    // Stays mapped until the process ends, since the view may live as long.
    const { value: address } = libc().mmap(0, 4096, READ_AND_WRITE, PRIVATE_ANONYMOUS, -1, 0);
    const view = viewMemory(address, 4096);
    assert.equal(view.length, 4096);
    view.write('written through the view', 100);
    assert.equal(readMemory(address + 100, 24).toString(), 'written through the view');
    const other = viewMemory(address + 100, 24);
    other.write('READ');
    assert.equal(view.toString('latin1', 100, 111), 'READten thr');
  });
});

describe('pageSizeBytes', () => {
  it('is a power of two that the kernel may have', () => {
    assert.ok([4096, 16_384, 65_536].includes(pageSizeBytes()));
  });
});
