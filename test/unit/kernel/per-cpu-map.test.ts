// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { PerCpuMap } from '../../../src/kernel/per-cpu-map.ts';

const ENOENT = { value: -2, errno: 2 };
const EINVAL = { value: -22, errno: 22 };
const ENOMEM = { value: -12, errno: 12 };
const DONE = { value: 0, errno: 0 };

const LOOKUPS = ['bpf_map_lookup_batch', 'bpf_map_lookup_elem', 'bpf_map_update_elem'] as const;

type Batch = (
  fd: number,
  from: null,
  position: Buffer,
  keys: Buffer,
  values: Buffer,
  count: Buffer,
) => { value: number; errno: number };

function fakeBatch(t: TestContext, batch: Batch) {
  return t.mock.method(libbpf(), 'bpf_map_lookup_batch', batch);
}

/** Every word of key k on CPU c is k * 100 + c, in values of `words` words for two CPUs. */
function fill(values: Buffer, key: number, words: number, at = 0): void {
  for (const cpu of [0, 1]) {
    for (let word = 0; word < words; word++) {
      values.writeBigUInt64LE(BigInt(key * 100 + cpu), at + (cpu * words + word) * 8);
    }
  }
}

/** The kernel's side of one lookup of a map of two CPUs. */
function fakeLookup(t: TestContext, words: number) {
  return t.mock.method(
    libbpf(),
    'bpf_map_lookup_elem',
    (_fd: number, key: Buffer, value: Buffer) => {
      fill(value, key.readUInt32LE(), words);
      return DONE;
    },
  );
}

describe('PerCpuMap', () => {
  it('makes room for every possible CPU and rounds each value up to whole words', (t) => {
    const batch = fakeBatch(t, (_fd, _from, position, keys, values, count) => {
      assert.equal(position.length, 4);
      assert.equal(count.readUInt32LE(), 3);
      assert.ok(keys.length >= 3 * 4);
      assert.ok(values.length >= 3 * 5 * 16);
      return DONE;
    });
    const { words, wordsPerCpu, wordsPerKey } = new PerCpuMap(9, 12, 5).read(3);
    assert.deepEqual([wordsPerCpu, wordsPerKey, words.length], [2, 10, 30]);
    assert.equal(batch.mock.calls[0]?.arguments[0], 9);
  });

  it('reads all keys in one call', (t) => {
    const batch = fakeBatch(t, (_fd, _from, _position, _keys, values) => {
      fill(values, 0, 1);
      fill(values, 1, 1, 16);
      return DONE;
    });
    assert.deepEqual([...new PerCpuMap(9, 8, 2).read(2).words], [0n, 1n, 100n, 101n]);
    assert.equal(batch.mock.callCount(), 1);
  });

  it('shows what was read last, after more and after fewer keys', (t) => {
    let base = 0;
    fakeBatch(t, (_fd, _from, _position, _keys, values, count) => {
      base += 10;
      for (let key = 0; key < count.readUInt32LE(); key++) {
        fill(values, base + key, 1, key * 16);
      }
      return DONE;
    });
    const map = new PerCpuMap(9, 8, 2);
    assert.deepEqual([...map.read(1).words], [1000n, 1001n]);
    assert.deepEqual([...map.read(2).words], [2000n, 2001n, 2100n, 2101n]);
    assert.deepEqual([...map.read(1).words], [3000n, 3001n]);
  });

  it('reads key by key, from then on, where the kernel has no batches', (t) => {
    const batch = fakeBatch(t, () => EINVAL);
    const lookup = fakeLookup(t, 2);
    const map = new PerCpuMap(9, 16, 2);
    for (const _ of [1, 2]) {
      assert.deepEqual([...map.read(2).words], [0n, 0n, 1n, 1n, 100n, 100n, 101n, 101n]);
    }
    assert.equal(batch.mock.callCount(), 1);
    assert.equal(lookup.mock.callCount(), 4);
  });

  it('reads in batches again after one that failed for want of memory', (t) => {
    let result = ENOMEM;
    const batch = fakeBatch(t, () => result);
    const lookup = fakeLookup(t, 1);
    const map = new PerCpuMap(9, 8, 2);
    map.read(2);
    result = DONE;
    map.read(2);
    assert.deepEqual([batch.mock.callCount(), lookup.mock.callCount()], [2, 2]);
  });

  it('does not take part of a batch for the whole', (t) => {
    fakeBatch(t, (_fd, _from, _position, _keys, _values, count) => {
      count.writeUInt32LE(1);
      return DONE;
    });
    fakeLookup(t, 1);
    assert.deepEqual([...new PerCpuMap(9, 8, 2).read(2).words], [0n, 1n, 100n, 101n]);
  });

  it('reads nothing, without a call, of no keys', (t) => {
    const batch = fakeBatch(t, () => ENOENT);
    const lookup = fakeLookup(t, 1);
    assert.equal(new PerCpuMap(9, 8, 2).read(0).words.length, 0);
    assert.deepEqual([batch.mock.callCount(), lookup.mock.callCount()], [0, 0]);
  });

  it('clears one key on every CPU', (t) => {
    const update = t.mock.method(libbpf(), 'bpf_map_update_elem', () => DONE);
    new PerCpuMap(9, 12, 3).clear(258);
    const zero = Buffer.alloc(3 * 16);
    assert.deepEqual(update.mock.calls[0]?.arguments, [9, Buffer.from([2, 1, 0, 0]), zero, 0]);
  });

  it('names the key that could not be read or cleared', (t) => {
    for (const name of LOOKUPS) {
      t.mock.method(libbpf(), name, () => ({ value: -9, errno: 9 }));
    }
    const map = new PerCpuMap(9, 8, 2);
    assert.throws(() => map.read(1), { message: 'read key 0 of per-CPU map: EBADF' });
    assert.throws(() => map.clear(3), { message: 'clear key 3 of per-CPU map: EBADF' });
  });
});
