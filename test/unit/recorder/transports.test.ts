// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { addressOf, allocate, pageSizeBytes } from '../../../src/ffi/memory.ts';
import { mappedTransport, perfTransport } from '../../../src/recorder/transports.ts';
import { SLOTS, Taken } from './fake-program.ts';

const MAPS = { ringsFd: 900, eventsFd: 901, ringRecords: 64, slots: SLOTS } as const;
const KIB = 1024;
const DONE = { value: 0, errno: 0 };

/** The kernel's side of both transports, which has no ring for some CPUs. Returns the calls that changed something. */
function fakeKernel(t: TestContext, refusedCpus: readonly number[] = []): string[] {
  const calls: string[] = [];
  const memories: Buffer[] = [];
  const reserve = (sizeBytes: number) => {
    memories.push(allocate(sizeBytes));
    return { value: addressOf(memories.at(-1) as Buffer), errno: 0 };
  };
  let fd = 1000;
  t.mock.method(libbpf(), 'bpf_map_create', () => ({ value: fd++, errno: 0 }));
  t.mock.method(libc(), 'mmap', (_at: number, sizeBytes: number) => reserve(sizeBytes));
  t.mock.method(libc(), 'munmap', () => {
    calls.push('unmap');
    return DONE;
  });
  t.mock.method(libc(), 'close', () => DONE);
  t.mock.method(libbpf(), 'bpf_map_update_batch', () => ({ value: -7, errno: 7 }));
  t.mock.method(libbpf(), 'bpf_map_update_elem', (map: number, key: Buffer) => {
    const cpu = key.readUInt32LE();
    calls.push(`enter ${map} ${cpu}`);
    return refusedCpus.includes(cpu) ? { value: -7, errno: 7 } : DONE;
  });
  t.mock.method(libbpf(), 'bpf_map_delete_elem', (map: number, key: Buffer) => {
    calls.push(`withdraw ${map} ${key.readUInt32LE()}`);
    return DONE;
  });
  fakePerfBuffers(t, calls, reserve, refusedCpus);
  return calls;
}

type Reserve = (sizeBytes: number) => { value: number; errno: number };

/** libbpf's perf buffers, each of one CPU. */
function fakePerfBuffers(
  t: TestContext,
  calls: string[],
  reserve: Reserve,
  refusedCpus: readonly number[],
): void {
  let opened = 0;
  let sizeBytes = 0;
  t.mock.method(libbpf(), 'perf_buffer__new_raw', (_fd: number, pages: number) => {
    sizeBytes = pages * pageSizeBytes();
    return refusedCpus.includes(opened++) ? { value: 0, errno: 19 } : { value: 77, errno: 0 };
  });
  t.mock.method(
    libbpf(),
    'perf_buffer__buffer',
    (_address: number, _index: number, base: Buffer, size: Buffer) => {
      base.writeBigUInt64LE(BigInt(reserve(pageSizeBytes() + sizeBytes).value));
      size.writeBigUInt64LE(BigInt(sizeBytes));
      return DONE;
    },
  );
  t.mock.method(libbpf(), 'perf_buffer__free', () => {
    calls.push('free');
    return { value: undefined, errno: 0 };
  });
}

describe('mappedTransport', () => {
  it('opens a ring for each CPU, and says for which it could not', (t) => {
    const calls = fakeKernel(t, [1]);
    const openings = mappedTransport(MAPS).open([0, 1, 2]);
    assert.deepEqual(
      openings.map(({ opened, error }) => opened?.ring.cpu ?? String(error)),
      [0, 'SystemError: enter ring of CPU 1: E2BIG', 2],
    );
    assert.deepEqual(calls, ['enter 900 0', 'enter 900 1', 'enter 900 2', 'unmap']);
    for (const { opened } of openings) {
      opened?.close();
    }
  });

  it('says for which CPU there was no memory', (t) => {
    fakeKernel(t);
    t.mock.method(libbpf(), 'bpf_map_create', () => ({ value: -12, errno: 12 }));
    const [opening] = mappedTransport(MAPS).open([4]);
    assert.match(String(opening?.error), /create ring of CPU 4: ENOMEM/);
  });

  it('has rings of the size of its maps, empty at first', (t) => {
    fakeKernel(t);
    const taken = new Taken();
    const [opening] = mappedTransport(MAPS).open([0]);
    assert.equal(opening?.opened?.ring.sizeBytes, 4 * KIB);
    assert.equal(opening?.opened?.ring.drain(taken.take), 0);
    opening?.opened?.close();
  });

  it('takes a ring away, after which it can be read until it is closed', (t) => {
    const calls = fakeKernel(t);
    const [opening] = mappedTransport(MAPS).open([2]);
    const taken = new Taken();
    calls.length = 0;
    opening?.opened?.withdraw();
    assert.deepEqual(calls, ['withdraw 900 2']);
    assert.equal(opening?.opened?.ring.drain(taken.take), 0);
    opening?.opened?.close();
    assert.deepEqual(calls, ['withdraw 900 2', 'unmap']);
    assert.throws(() => opening?.opened?.ring.drain(taken.take), RangeError);
  });
});

describe('perfTransport', () => {
  it('opens a ring for each CPU, and says for which it could not', (t) => {
    fakeKernel(t, [1]);
    const openings = perfTransport(MAPS, 64 * KIB).open([0, 1, 2]);
    assert.deepEqual(
      openings.map(({ opened, error }) => opened?.ring.cpu ?? String(error)),
      [0, 'SystemError: open perf ring of CPU 1: ENODEV', 2],
    );
    assert.deepEqual(
      openings.map(({ opened }) => opened?.ring.sizeBytes),
      [64 * KIB, undefined, 64 * KIB],
    );
    for (const { opened } of openings) {
      opened?.close();
    }
  });

  it('waits for programs that run when it takes a ring away, which then can be read until it is closed', (t) => {
    const calls = fakeKernel(t);
    const taken = new Taken();
    const [opening] = perfTransport(MAPS, 64 * KIB).open([2]);
    opening?.opened?.withdraw();
    assert.deepEqual(calls, ['withdraw 901 2', 'enter 900 2']);
    assert.equal(opening?.opened?.ring.drain(taken.take), 0);
    opening?.opened?.close();
    assert.deepEqual(calls, ['withdraw 901 2', 'enter 900 2', 'free']);
    assert.throws(() => opening?.opened?.ring.drain(taken.take), RangeError);
  });
});
