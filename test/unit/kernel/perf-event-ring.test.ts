// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { addressOf, allocate, pageSizeBytes } from '../../../src/ffi/memory.ts';
import { openPerfEventRings, type PerfEventOpening } from '../../../src/kernel/perf-event-ring.ts';

const MAP_FD = 901;
const DONE = { value: 0, errno: 0 };

/** Grants rings while their pages add up to no more than there are, as the kernel does what may be locked. */
function fakeKernel(t: TestContext, pages: number, refusal = 1) {
  const open = new Map<number, number>();
  const memories: Buffer[] = [];
  let offline = Number.NaN;
  let tries = 0;
  t.mock.method(
    libbpf(),
    'perf_buffer__new_raw',
    (fd: number, count: number, attributes: Buffer, _visit: number, _context: number) => {
      assert.equal(fd, MAP_FD);
      assert.equal(attributes.readUInt32LE(48), 0x7fff_ffff, 'wakes nobody');
      tries++;
      if (tries % 3 === offline) {
        return { value: 0, errno: 19 };
      }
      const used = [...open.values()].reduce((sum, size) => sum + size, 0);
      if (used + count > pages) {
        return { value: 0, errno: refusal };
      }
      open.set(tries, count);
      return { value: tries, errno: 0 };
    },
  );
  t.mock.method(
    libbpf(),
    'perf_buffer__buffer',
    (address: number, _index: number, base: Buffer, size: Buffer) => {
      const sizeBytes = (open.get(address) ?? 0) * pageSizeBytes();
      memories.push(allocate(pageSizeBytes() + sizeBytes));
      base.writeBigUInt64LE(BigInt(addressOf(memories.at(-1) as Buffer)));
      size.writeBigUInt64LE(BigInt(sizeBytes));
      return DONE;
    },
  );
  t.mock.method(libbpf(), 'perf_buffer__free', (address: number) => {
    assert.ok(open.delete(address));
    return { value: undefined, errno: 0 };
  });
  return {
    open,
    tries: () => tries,
    /** Every third ring is of a CPU that is offline. */
    takeOffline: () => {
      offline = 2;
    },
  };
}

const pagesOf = (openings: readonly PerfEventOpening[]) =>
  openings.map(({ ring, error }) =>
    ring === undefined
      ? (error as { code: string }).code
      : (ring.memory.length - ring.headerSizeBytes) / pageSizeBytes(),
  );

describe('openPerfEventRings', () => {
  it('opens rings of the size that was asked for where the kernel grants it', (t) => {
    const { tries } = fakeKernel(t, 1000);
    const openings = openPerfEventRings(MAP_FD, [0, 3, 7], 16 * pageSizeBytes());
    assert.deepEqual(pagesOf(openings), [16, 16, 16]);
    assert.deepEqual(
      openings.map(({ ring }) => ring?.cpu),
      [0, 3, 7],
    );
    assert.equal(tries(), 3);
  });

  for (const [name, errno] of [
    ['EPERM', 1],
    ['ENOMEM', 12],
  ] as const) {
    it(`halves the size of all for as long as the kernel says ${name} to any`, (t) => {
      const { open } = fakeKernel(t, 20, errno);
      const openings = openPerfEventRings(MAP_FD, [0, 1, 2], 64 * pageSizeBytes());
      assert.deepEqual(pagesOf(openings), [4, 4, 4]);
      assert.equal(open.size, 3, 'the larger ones are closed');
    });
  }

  it('gives rings of a page to those that can have them', (t) => {
    fakeKernel(t, 2);
    const openings = openPerfEventRings(MAP_FD, [0, 1, 2], 64 * pageSizeBytes());
    assert.deepEqual(pagesOf(openings), [1, 1, 'EPERM']);
    assert.match(String(openings[2]?.error), /open perf ring of CPU 2: EPERM; grant CAP_PERFMON/);
  });

  it('does not halve the others for a CPU that is offline', (t) => {
    const { takeOffline, tries } = fakeKernel(t, 1000);
    takeOffline();
    const openings = openPerfEventRings(MAP_FD, [0, 1, 2], 16 * pageSizeBytes());
    assert.deepEqual(pagesOf(openings), [16, 'ENODEV', 16]);
    assert.equal(tries(), 3);
  });
});
