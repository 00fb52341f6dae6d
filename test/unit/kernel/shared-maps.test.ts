// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { AbiMismatchError, SystemError } from '../../../src/errors.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { addressOf, allocate } from '../../../src/ffi/memory.ts';
import { DEVICE } from '../../../src/kernel/layout.ts';
import { BpfMap, BpfObject, BpfProgram } from '../../../src/kernel/object.ts';
import { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { objectPath } from './object-path.ts';

const EXPORTER = objectPath('bpf', 'xdp_exporter');
const PROGRAM = 'xdp_exporter';
const SIZES = { possibleCpus: [0, 1, 5], slots: 9, ringRecords: 4096 } as const;

/** No descriptor of this process. */
const RING_FD = 1_000_000;

const NAMES = ['xdp_devices', 'xdp_rings', 'xdp_events', 'xdp_ringless', '.bss'];

/** Loads nothing; what is mapped is memory of this process. Returns what is mapped now. */
function fakeKernel(t: TestContext, mappings = Number.POSITIVE_INFINITY): Set<number> {
  const mapped = new Map<number, Buffer>();
  const open = new Set<number>();
  t.mock.method(BpfObject.prototype, 'load', () => {});
  t.mock.getter(BpfMap.prototype, 'fd', () => 0);
  t.mock.method(libbpf(), 'bpf_map_create', () => ({ value: RING_FD, errno: 0 }));
  t.mock.method(libc(), 'close', () => ({ value: 0, errno: 0 }));
  t.mock.method(libc(), 'mmap', (_at: number, sizeBytes: number) => {
    if (mapped.size === mappings) {
      return { value: -1, errno: 12 };
    }
    const memory = allocate(sizeBytes);
    const value = addressOf(memory);
    mapped.set(value, memory);
    open.add(value);
    return { value, errno: 0 };
  });
  t.mock.method(libc(), 'munmap', (address: number) => {
    open.delete(address);
    return { value: 0, errno: 0 };
  });
  return open;
}

describe('SharedMaps', () => {
  it('loads the maps without the program', (t) => {
    fakeKernel(t);
    const calls: string[] = [];
    t.mock.method(BpfProgram.prototype, 'skip', () => calls.push('skip'));
    t.mock.method(BpfObject.prototype, 'load', () => calls.push('load'));
    new SharedMaps(EXPORTER, PROGRAM, SIZES).close();
    assert.deepEqual(calls, ['skip', 'load']);
  });

  it('sizes them for the slots, for every CPU id there could be, and for the rings', (t) => {
    fakeKernel(t);
    const entries = t.mock.method(BpfMap.prototype, 'setMaxEntries');
    const create = t.mock.method(libbpf(), 'bpf_map_create', () => ({ value: RING_FD, errno: 0 }));
    const inner = t.mock.method(BpfMap.prototype, 'setInnerMap');
    const close = t.mock.method(libc(), 'close', () => ({ value: 0, errno: 0 }));
    const maps = new SharedMaps(EXPORTER, PROGRAM, SIZES);
    t.after(() => maps.close());
    assert.deepEqual(
      entries.mock.calls.map((call) => call.arguments[0]),
      [9, 6, 6, 6],
    );
    assert.deepEqual(
      create.mock.calls.map((call) => call.arguments[3]),
      [128 + 4096 * 64],
    );
    assert.deepEqual(inner.mock.calls[0]?.arguments, [RING_FD]);
    assert.deepEqual(close.mock.calls[0]?.arguments, [RING_FD]);
    assert.deepEqual([maps.slots, maps.ringRecords], [9, 4096]);
  });

  it('reads devices with the size of their value, for the CPUs given', (t) => {
    fakeKernel(t);
    t.mock.method(libbpf(), 'bpf_map_lookup_batch', () => ({ value: 0, errno: 0 }));
    const maps = new SharedMaps(EXPORTER, PROGRAM, SIZES);
    t.after(() => maps.close());
    assert.equal(maps.devices.read(1).wordsPerKey, (3 * DEVICE.sizeBytes) / 8);
  });

  it('shows the counts by CPU id, and the interval, in place', (t) => {
    fakeKernel(t);
    const maps = new SharedMaps(EXPORTER, PROGRAM, SIZES);
    t.after(() => maps.close());
    assert.deepEqual([...maps.ringless], [0n, 0n, 0n, 0n, 0n, 0n]);
    assert.deepEqual([...maps.sampleInterval], [0]);
    maps.ringless[5] = 3n;
    maps.sampleInterval[0] = 7;
    assert.equal(maps.ringless[5], 3n);
    assert.equal(maps.sampleInterval[0], 7);
  });

  it('unmaps what it mapped, and closes its object', (t) => {
    const mapped = fakeKernel(t);
    const maps = new SharedMaps(EXPORTER, PROGRAM, SIZES);
    assert.equal(mapped.size, 2);
    const close = t.mock.method(BpfObject.prototype, 'close');
    maps.close();
    assert.equal(mapped.size, 0);
    assert.equal(close.mock.callCount(), 1);
  });

  for (const mappings of [0, 1]) {
    it(`leaves nothing behind where the kernel maps ${mappings} of two`, (t) => {
      const mapped = fakeKernel(t, mappings);
      const close = t.mock.method(BpfObject.prototype, 'close');
      assert.throws(() => new SharedMaps(EXPORTER, PROGRAM, SIZES), { code: 'ENOMEM' });
      assert.equal(mapped.size, 0);
      assert.equal(close.mock.callCount(), 1);
    });
  }

  it('has another object use its maps', (t) => {
    fakeKernel(t);
    const maps = new SharedMaps(EXPORTER, PROGRAM, SIZES);
    const other = new BpfObject(EXPORTER);
    t.after(() => {
      other.close();
      maps.close();
    });
    const asked: string[] = [];
    t.mock.method(BpfObject.prototype, 'map', function (this: BpfObject, name: string) {
      asked.push(`${this === other ? 'reuse' : 'share'} ${name}`);
      return { fd: NAMES.indexOf(name), reuse: (fd: number) => assert.equal(NAMES[fd], name) };
    });
    maps.shareWith(other);
    assert.deepEqual(
      asked.sort(),
      ['reuse', 'share'].flatMap((verb) => NAMES.map((name) => `${verb} ${name}`)).sort(),
    );
  });

  it('refuses an object of another version, and closes it', (t) => {
    const close = t.mock.method(BpfObject.prototype, 'close');
    const load = t.mock.method(BpfObject.prototype, 'load', () => {});
    t.mock.getter(BpfMap.prototype, 'valueSizeBytes', () => 5);
    assert.throws(
      () => new SharedMaps(EXPORTER, PROGRAM, SIZES),
      (error) =>
        error instanceof AbiMismatchError &&
        error.message ===
          `check "size of a value in map xdp_devices": expected ${DEVICE.sizeBytes}, the BPF object has 5; rebuild or reinstall xdp-exporter`,
    );
    assert.equal(close.mock.callCount(), 1);
    assert.equal(load.mock.callCount(), 0);
  });

  it('refuses an object without its maps, and closes it', (t) => {
    const close = t.mock.method(BpfObject.prototype, 'close');
    assert.throws(
      () => new SharedMaps(objectPath('test/bpf', 'empty'), 'empty', SIZES),
      (error) => error instanceof SystemError && /^find map "xdp_devices" in /.test(error.message),
    );
    assert.equal(close.mock.callCount(), 1);
  });

  it('refuses an object without the program, and closes it', (t) => {
    const close = t.mock.method(BpfObject.prototype, 'close');
    assert.throws(
      () => new SharedMaps(EXPORTER, 'no_such_program', SIZES),
      /^SystemError: find program "no_such_program" in .*: ENOENT/,
    );
    assert.equal(close.mock.callCount(), 1);
  });
});
