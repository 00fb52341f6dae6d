// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { PerCpuHash } from '../../../src/kernel/per-cpu-hash.ts';
import { sumOverCpus } from '../../../src/kernel/per-cpu-values.ts';

const SHAPE = { wordsPerKey: 2, valueSizeBytes: 16, maxEntries: 3, possibleCpus: 2 };

/** A kernel with so many entries: key n is (n, n + 10), its values on CPU c are n + c and 100. */
function fakeEntries(t: TestContext, entries: number, value = -2) {
  return t.mock.method(
    libbpf(),
    'bpf_map_lookup_batch',
    (_fd: number, from: null, _to: Buffer, keys: Buffer, values: Buffer, count: Buffer) => {
      assert.deepEqual([from, count.readUInt32LE(), values.length], [null, 3, 3 * 2 * 16]);
      for (let entry = 0; entry < entries; entry++) {
        keys.writeUInt32LE(entry, 8 * entry);
        keys.writeUInt32LE(entry + 10, 8 * entry + 4);
        for (const cpu of [0, 1]) {
          values.writeBigUInt64LE(BigInt(entry + cpu), 32 * entry + 16 * cpu);
          values.writeBigUInt64LE(100n, 32 * entry + 16 * cpu + 8);
        }
      }
      count.writeUInt32LE(entries);
      return { value, errno: 0 };
    },
  );
}

describe('PerCpuHash', () => {
  for (const [ends, value] of [
    ['says that it is at the end', -2],
    ['does not', 0],
  ] as const) {
    it(`reads all entries in one call, whether the kernel ${ends}`, (t) => {
      const call = fakeEntries(t, 2, value);
      const { count, keys, values } = new PerCpuHash(9, SHAPE).read();
      assert.equal(count, 2);
      assert.deepEqual([...keys.subarray(0, 4)], [0, 10, 1, 11]);
      assert.equal(sumOverCpus(values, values.wordsPerKey), 1 + 2);
      assert.equal(sumOverCpus(values, values.wordsPerKey + 1), 200);
      assert.equal(call.mock.callCount(), 1);
    });
  }

  it('throws what else the kernel says', (t) => {
    fakeEntries(t, 0, -1);
    assert.throws(() => new PerCpuHash(9, SHAPE).read(), { message: 'read per-CPU hash: EPERM' });
  });

  it('deletes a key, and does not mind one that is not there', (t) => {
    const deleted: string[] = [];
    let value = -2;
    t.mock.method(libbpf(), 'bpf_map_delete_elem', (fd: number, key: Buffer) => {
      deleted.push(`${fd} ${key.toString('hex')}`);
      return { value, errno: 0 };
    });
    const hash = new PerCpuHash(9, SHAPE);
    hash.delete([7, 0xffff_ffff]);
    assert.deepEqual(deleted, ['9 07000000ffffffff']);
    value = -1;
    assert.throws(() => hash.delete([7, 8]), { message: 'delete key of per-CPU hash: EPERM' });
  });
});
