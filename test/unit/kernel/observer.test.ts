// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { NoBtfError, SystemError, VerifierError } from '../../../src/errors.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { addressOf, allocate } from '../../../src/ffi/memory.ts';
import { TARGET } from '../../../src/kernel/layout.ts';
import { LengthChanges } from '../../../src/kernel/length-changes.ts';
import { BpfMap, BpfObject, BpfProgram } from '../../../src/kernel/object.ts';
import { Observers } from '../../../src/kernel/observers.ts';
import type { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { objectPath } from './object-path.ts';

const MAPS = { slots: 4, ringRecords: 64, shareWith: () => {} } as unknown as SharedMaps;
const OPTIONS = {
  objectPaths: ['xdp_observer', 'xdp_observer_untyped'].map((name) => objectPath('bpf', name)),
  lengthChangesPath: objectPath('bpf', 'length_changes'),
  packetSizes: true,
  transport: 'mapped',
  recordTimes: false,
  pins: [],
} as const;
const NETNS = statSync('/proc/thread-self/ns/net').ino;

/** struct bpf_prog_info in linux/bpf.h. */
const INFO = { id: 4, name: 64, btfId: 128, funcInfo: 136, funcInfoCount: 144, misses: 208 };

const NAME = 'a_program_with_a_long_name';

interface Kernel {
  readonly events: string[];
  btfId: number;
  misses: number;
  /** What a load throws, one after the other. */
  readonly refusals: (Error | undefined)[];
  /** Descriptors of ours that are open. */
  readonly open: Set<number>;
}

/** libbpf without a kernel: what is asked of it is kept in `events`. */
function fakeKernel(t: TestContext): Kernel {
  const kernel: Kernel = { events: [], btfId: 5, misses: 0, refusals: [], open: new Set() };
  let lastFd = 1000;
  const openFd = () => {
    kernel.open.add(++lastFd);
    return { value: lastFd, errno: 0 };
  };
  const name = allocate(NAME.length + 1);
  name.write(NAME);
  const type = allocate(12);
  const done = { value: 0, errno: 0 };
  const realClose = libc().close;
  const realOpen = libbpf().bpf_object__open_file;
  t.mock.method(libc(), 'close', (fd: number) => (kernel.open.delete(fd) ? done : realClose(fd)));
  t.mock.method(libc(), 'fcntl', openFd);
  t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', openFd);
  t.mock.method(libbpf(), 'bpf_raw_tracepoint_open', openFd);
  t.mock.method(libbpf(), 'bpf_link_get_next_id', () => ({ value: -2, errno: 2 }));
  t.mock.method(libbpf(), 'bpf_obj_get_info_by_fd', (_fd: number, info: Buffer) => {
    info.writeUInt32LE(9, INFO.id);
    info.write('a_program_with_\0', INFO.name);
    info.writeUInt32LE(kernel.btfId, INFO.btfId);
    info.writeUInt32LE(1, INFO.funcInfoCount);
    info.writeBigUInt64LE(BigInt(kernel.misses), INFO.misses);
    return done;
  });
  t.mock.method(libbpf(), 'btf__load_from_kernel_by_id', () => ({ value: 1, errno: 0 }));
  t.mock.method(libbpf(), 'btf__type_by_id', () => ({ value: addressOf(type), errno: 0 }));
  t.mock.method(libbpf(), 'btf__name_by_offset', () => ({ value: addressOf(name), errno: 0 }));
  t.mock.method(libbpf(), 'btf__free', () => done);
  t.mock.method(BpfProgram.prototype, 'setTarget', (_fd: number, target: string) =>
    kernel.events.push(`target ${target}`),
  );
  t.mock.method(libbpf(), 'bpf_object__open_file', (path: string, options: Buffer) => {
    kernel.events.push(`open ${basename(path, '.bpf.o')}`);
    return realOpen(path, options);
  });
  t.mock.getter(BpfMap.prototype, 'fd', () => 0);
  t.mock.getter(BpfProgram.prototype, 'fd', () => 0);
  t.mock.method(BpfObject.prototype, 'load', () => {
    const refusal = kernel.refusals.shift();
    if (refusal !== undefined) {
      throw refusal;
    }
  });
  t.mock.method(libbpf(), 'bpf_map_update_elem', (_fd: number, key: Buffer, value: Buffer) => {
    const isTarget = key.length === TARGET.sizeBytes;
    kernel.events.push(
      isTarget
        ? `watch ${key.readUInt32LE(0)} ${key.readUInt32LE(4)} ${value[0]}`
        : `change ${value.readUInt32LE()}`,
    );
    return done;
  });
  t.mock.method(libbpf(), 'bpf_map_delete_elem', (_fd: number, key: Buffer) => {
    kernel.events.push(`unwatch ${key.readUInt32LE(0)}`);
    return done;
  });
  return kernel;
}

describe('Observers', () => {
  it('has one observer for all devices of a program, and ends it with the last of them', (t) => {
    const kernel = fakeKernel(t);
    const observers = new Observers(MAPS, OPTIONS);
    const first = observers.open(9, 'ethernet', 2, 0);
    const second = observers.open(9, 'ethernet', 3, 1);
    assert.equal(first.program.name, NAME);
    assert.equal(first.program.id, 9);
    first.close();
    assert.equal(kernel.open.size, 5);
    second.close();
    assert.equal(kernel.open.size, 0);
    assert.deepEqual(kernel.events, [
      'open xdp_observer',
      `target ${NAME}`,
      `target ${NAME}`,
      `watch 2 ${NETNS} 0`,
      'change 1',
      `watch 3 ${NETNS} 1`,
      'change 2',
      'unwatch 2',
      'change 3',
    ]);
  });

  it('has one for each link layer, and anew where the last was closed', (t) => {
    const kernel = fakeKernel(t);
    const observers = new Observers(MAPS, OPTIONS);
    observers.open(9, 'ethernet', 2, 0).close();
    observers.open(9, 'ethernet', 2, 0);
    observers.open(9, 'ip', 3, 1);
    assert.equal(kernel.events.filter((event) => event === 'open xdp_observer').length, 3);
  });

  it('reads the context by a helper where the kernel does not know its type', (t) => {
    const kernel = fakeKernel(t);
    kernel.refusals.push(new VerifierError('observe_entry', 'invalid mem access', []));
    new Observers(MAPS, OPTIONS).open(9, 'ethernet', 2, 0).close();
    assert.deepEqual(
      kernel.events.filter((event) => event.startsWith('open')),
      ['open xdp_observer', 'open xdp_observer_untyped'],
    );
  });

  for (const [transport, mayChange, programs] of [
    ['none', false, 1],
    ['none', true, 2],
    ['mapped', false, 2],
  ] as const) {
    const length = mayChange ? 'may change' : 'keeps';
    it(`puts ${programs} on a program that ${length} lengths, with transport ${transport}`, (t) => {
      const kernel = fakeKernel(t);
      t.mock.method(LengthChanges.prototype, 'mayHappenIn', () => mayChange);
      new Observers(MAPS, { ...OPTIONS, transport }).open(9, 'ethernet', 2, 0);
      const targets = kernel.events.filter((event) => event === `target ${NAME}`);
      assert.equal(targets.length, programs);
      // Two maps, the end once more for what it misses, and a link for each.
      assert.equal(kernel.open.size, 3 + programs);
    });
  }

  it('leaves nothing open where it is refused', (t) => {
    const kernel = fakeKernel(t);
    const refusal = new VerifierError('observe_entry', 'unknown func', []);
    kernel.refusals.push(new SystemError('first', 'EINVAL'), refusal);
    assert.throws(() => new Observers(MAPS, OPTIONS).open(9, 'ethernet', 2, 0), refusal);
    assert.equal(kernel.open.size, 0);
    t.mock.method(libbpf(), 'bpf_raw_tracepoint_open', () => ({ value: -16, errno: 0 }));
    assert.throws(
      () => new Observers(MAPS, OPTIONS).open(9, 'ethernet', 2, 0),
      /^SystemError: attach observer: EBUSY$/,
    );
    assert.equal(kernel.open.size, 0);
    t.mock.method(libbpf(), 'bpf_map_update_elem', () => ({ value: -7, errno: 0 }));
    t.mock.method(libbpf(), 'bpf_raw_tracepoint_open', () => ({ value: 2000, errno: 0 }));
    assert.throws(
      () => new Observers(MAPS, OPTIONS).open(9, 'ethernet', 2, 0),
      /^SystemError: add device to observer: E2BIG$/,
    );
    assert.equal(kernel.open.size, 0);
  });

  it('tells a program without BTF', (t) => {
    const kernel = fakeKernel(t);
    kernel.btfId = 0;
    assert.throws(() => new Observers(MAPS, OPTIONS).open(9, 'ethernet', 2, 0), NoBtfError);
    assert.equal(kernel.open.size, 0);
  });

  it('counts what was missed from the time that a device was opened', (t) => {
    const kernel = fakeKernel(t);
    const observers = new Observers(MAPS, OPTIONS);
    const first = observers.open(9, 'ethernet', 2, 0);
    kernel.misses = 3;
    const second = observers.open(9, 'ethernet', 3, 1);
    kernel.misses = 5;
    assert.deepEqual([first.missed(), second.missed()], [5, 2]);
  });
});
