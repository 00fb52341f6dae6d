// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { addressOf, allocate } from '../../../src/ffi/memory.ts';
import { enterRings, fitRing, RingMap, waitForPrograms } from '../../../src/kernel/ring-map.ts';

const RINGS_FD = 900;
const DONE = { value: 0, errno: 0 };
const MIB = 1024 * 1024;

/** Maps of rings have descriptors from 1000 on. Refuses values above a size with an errno. */
function fakeKernel(t: TestContext, mostBytes = Number.POSITIVE_INFINITY, errno = 7) {
  let fd = 1000;
  const open = new Set<number>();
  const memories: Buffer[] = [];
  const sizes: number[] = [];
  t.mock.method(
    libbpf(),
    'bpf_map_create',
    (_type: number, _name: string, _key: number, valueBytes: number, entries: number) => {
      assert.equal(entries, 1);
      sizes.push(valueBytes);
      if (valueBytes > mostBytes) {
        return { value: -errno, errno };
      }
      open.add(fd);
      return { value: fd++, errno: 0 };
    },
  );
  t.mock.method(libc(), 'mmap', (_at: number, sizeBytes: number) => {
    memories.push(allocate(sizeBytes));
    return { value: addressOf(memories.at(-1) as Buffer), errno: 0 };
  });
  t.mock.method(libc(), 'munmap', () => DONE);
  t.mock.method(libc(), 'close', (closed: number) => {
    assert.ok(open.delete(closed), `${closed} was open`);
    return DONE;
  });
  return { open, sizes };
}

function openRings(t: TestContext, cpus: readonly number[]): RingMap[] {
  const rings = cpus.map((cpu) => new RingMap(cpu, 64));
  t.after(() => {
    for (const ring of rings) {
      ring.close();
    }
  });
  return rings;
}

const words = (bytes: Buffer) => [...new Uint32Array(new Uint8Array(bytes).buffer)];

describe('fitRing', () => {
  it('takes the size that was asked for where the kernel agrees', (t) => {
    const { open, sizes } = fakeKernel(t);
    assert.equal(fitRing(4 * MIB), 65_536);
    assert.deepEqual(sizes, [128 + 4 * MIB]);
    assert.equal(open.size, 0);
  });

  for (const [name, errno] of [
    ['E2BIG', 7],
    ['ENOMEM', 12],
    ['EPERM', 1],
  ] as const) {
    it(`halves it for as long as the kernel says ${name}`, (t) => {
      const { open, sizes } = fakeKernel(t, MIB, errno);
      // A header and a MiB of records are more than a MiB.
      assert.equal(fitRing(4 * MIB), 8192);
      assert.equal(sizes.length, 4);
      assert.equal(open.size, 0);
    });
  }

  it('ends at a page of records, with what the kernel said and the remedy', (t) => {
    const { sizes } = fakeKernel(t, 0, 1);
    assert.throws(() => fitRing(MIB), {
      message:
        /^create ring of 64 records: EPERM; .*seccomp profile.*: see docs\/capabilities\.md$/,
    });
    assert.equal(sizes.at(-1), 128 + 4096);
  });

  it('asks once where the kernel refuses for another reason', (t) => {
    const { sizes } = fakeKernel(t, 0, 22);
    assert.throws(() => fitRing(MIB), { message: 'create ring of 16384 records: EINVAL' });
    assert.equal(sizes.length, 1);
  });

  it('asks for no more than the kernel can count', (t) => {
    const { sizes } = fakeKernel(t);
    for (const bytes of [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      assert.equal(fitRing(bytes), 2 ** 24);
    }
    assert.ok(sizes.every((size) => size < 2 ** 31));
  });
});

describe('RingMap', () => {
  it('keeps its map open until it is closed', (t) => {
    const { open } = fakeKernel(t);
    const ring = new RingMap(3, 64);
    assert.deepEqual([...open], [ring.fd]);
    assert.equal(ring.memory.length, 128 + 64 * 64);
    ring.close();
    ring.close();
    assert.equal(open.size, 0);
  });

  it('leaves nothing behind where it cannot be mapped', (t) => {
    const { open } = fakeKernel(t);
    t.mock.method(libc(), 'mmap', () => ({ value: -1, errno: 12 }));
    assert.throws(() => new RingMap(3, 64), /^SystemError: map 8192 bytes of BPF array: ENOMEM/);
    assert.equal(open.size, 0);
  });

  it('names the CPU whose ring cannot be created or taken away', (t) => {
    fakeKernel(t, 128 + 64 * 64, 12);
    assert.throws(() => new RingMap(3, 128), { message: 'create ring of CPU 3: ENOMEM' });
    const [ring] = openRings(t, [3]);
    t.mock.method(libbpf(), 'bpf_map_delete_elem', () => ({ value: -1, errno: 1 }));
    assert.throws(() => ring?.withdraw(RINGS_FD), { message: 'withdraw ring of CPU 3: EPERM' });
  });

  it('does not mind that another process took the ring away first', (t) => {
    fakeKernel(t);
    const [ring] = openRings(t, [258]);
    const call = t.mock.method(libbpf(), 'bpf_map_delete_elem', () => ({ value: -2, errno: 2 }));
    ring?.withdraw(RINGS_FD);
    assert.deepEqual(call.mock.calls[0]?.arguments, [RINGS_FD, Buffer.from([2, 1, 0, 0])]);
  });
});

describe('enterRings', () => {
  it('enters all in one call', (t) => {
    fakeKernel(t);
    const rings = openRings(t, [0, 5, 258]);
    const batch = t.mock.method(
      libbpf(),
      'bpf_map_update_batch',
      (fd: number, keys: Buffer, values: Buffer, count: Buffer) => {
        assert.equal(fd, RINGS_FD);
        assert.deepEqual(words(keys), [0, 5, 258]);
        assert.deepEqual(
          words(values),
          rings.map((ring) => ring.fd),
        );
        assert.deepEqual(words(count), [3]);
        return DONE;
      },
    );
    assert.equal(enterRings(RINGS_FD, rings).size, 0);
    assert.equal(batch.mock.callCount(), 1);
  });

  it('enters each for itself where the kernel cannot do it in one call', (t) => {
    fakeKernel(t);
    const rings = openRings(t, [0, 5, 7]);
    t.mock.method(libbpf(), 'bpf_map_update_batch', () => ({ value: -524, errno: 524 }));
    const entered = new Map<number, number>();
    t.mock.method(libbpf(), 'bpf_map_update_elem', (_fd: number, key: Buffer, value: Buffer) => {
      const cpu = key.readUInt32LE();
      entered.set(cpu, value.readUInt32LE());
      return cpu === 5 ? { value: -12, errno: 12 } : DONE;
    });
    const failures = enterRings(RINGS_FD, rings);
    assert.deepEqual(
      [...entered],
      rings.map(({ cpu, fd }) => [cpu, fd]),
    );
    assert.deepEqual([...failures.keys()], [rings[1]]);
    assert.equal(failures.get(rings[1] as RingMap)?.message, 'enter ring of CPU 5: ENOMEM');
  });

  it('asks the kernel nothing for no rings', (t) => {
    const batch = t.mock.method(libbpf(), 'bpf_map_update_batch', () => DONE);
    assert.equal(enterRings(RINGS_FD, []).size, 0);
    assert.equal(batch.mock.callCount(), 0);
  });
});

describe('waitForPrograms', () => {
  it('enters an empty ring, and keeps no descriptor of it', (t) => {
    const { open, sizes } = fakeKernel(t);
    const update = t.mock.method(libbpf(), 'bpf_map_update_elem', () => {
      assert.equal(open.size, 1);
      return DONE;
    });
    waitForPrograms(RINGS_FD, 5, 1);
    assert.equal(update.mock.callCount(), 1);
    assert.deepEqual(sizes, [192]);
    assert.equal(open.size, 0);
  });

  it('keeps none where the kernel refuses, either', (t) => {
    const { open } = fakeKernel(t);
    t.mock.method(libbpf(), 'bpf_map_update_elem', () => ({ value: -12, errno: 12 }));
    assert.throws(() => waitForPrograms(RINGS_FD, 5, 1), {
      message: 'wait for programs that run: ENOMEM',
    });
    assert.equal(open.size, 0);
  });
});
