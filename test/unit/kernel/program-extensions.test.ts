// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { addressOf, allocate } from '../../../src/ffi/memory.ts';
import { readExtensions } from '../../../src/kernel/program-extensions.ts';

const EPERM = 1;
const ENOENT = 2;
const DISPATCHER = 10;
const DISPATCHER_FD = 1000;

const TRACING = 2;
const XDP = 6;
const FENTRY = 24;

/** struct bpf_link_info: what the link holds, and on which function of which program. */
interface Link {
  readonly type: number;
  readonly program: number;
  readonly attachType: number;
  readonly target: number;
  readonly typeId: number;
}

const extension = (program: number, typeId: number, target = DISPATCHER): Link => {
  return { type: TRACING, program, attachType: 0, target, typeId };
};

/** By type: what functions are called. */
const NAMES = new Map([
  [7, 'prog0'],
  [9, 'prog1'],
  [3, 'a_component_with_a_long_name'],
]);

/** A kernel with these links, by id; programs and links have descriptors of 1000 and 2000 more. */
function fakeLinks(t: TestContext, links: ReadonlyMap<number, Link | undefined>) {
  const open = new Set<number>();
  const opened = (fd: number) => {
    open.add(fd);
    return { value: fd, errno: 0 };
  };
  const done = { value: 0, errno: 0 };
  let typeId = 0;
  const type = allocate(12);
  const name = allocate(64);
  t.mock.method(libc(), 'close', (fd: number) => {
    assert.ok(open.delete(fd));
    return done;
  });
  t.mock.method(libbpf(), 'bpf_link_get_next_id', (after: number, next: Buffer) => {
    const id = [...links.keys()].find((each) => each > after);
    next.writeUInt32LE(id ?? 0);
    return id === undefined ? { value: -ENOENT, errno: ENOENT } : done;
  });
  t.mock.method(libbpf(), 'bpf_link_get_fd_by_id', (id: number) =>
    links.get(id) === undefined ? { value: -ENOENT, errno: ENOENT } : opened(2000 + id),
  );
  t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', (id: number) => opened(1000 + id));
  t.mock.method(libbpf(), 'bpf_obj_get_info_by_fd', (fd: number, info: Buffer) => {
    const link = links.get(fd - 2000);
    if (link === undefined) {
      info.writeUInt32LE(fd - 1000, 4);
      info.write('a_component_wit\0', 64);
      info.writeUInt32LE(5, 128);
      info.writeUInt32LE(1, 144);
      return done;
    }
    const words = [link.type, 0, link.program, 0, link.attachType, link.target, link.typeId];
    for (const [index, word] of words.entries()) {
      info.writeUInt32LE(word, 4 * index);
    }
    return done;
  });
  t.mock.method(libbpf(), 'btf__load_from_kernel_by_id', () => ({ value: 1, errno: 0 }));
  t.mock.method(libbpf(), 'btf__type_by_id', (_btf: number, id: number) => {
    // The type of a component's first function is 0 here: the fake says nothing of it.
    typeId = id || 3;
    return { value: addressOf(type), errno: 0 };
  });
  t.mock.method(libbpf(), 'btf__name_by_offset', () => {
    name.write(`${NAMES.get(typeId)}\0`);
    return { value: addressOf(name), errno: 0 };
  });
  t.mock.method(libbpf(), 'btf__free', () => done);
  return open;
}

describe('readExtensions', () => {
  it('names the programs that replace functions of this one, in the order of those', (t) => {
    const open = fakeLinks(
      t,
      new Map<number, Link | undefined>([
        [1, extension(20, 9)],
        [2, { ...extension(21, 7), type: XDP }],
        [3, { ...extension(22, 7), attachType: FENTRY }],
        [4, extension(23, 7, DISPATCHER + 1)],
        // Has gone since it was listed.
        [5, undefined],
        [7, extension(24, 7)],
      ]),
    );
    const named = { name: 'a_component_with_a_long_name', tag: '0000000000000000' };
    assert.deepEqual(readExtensions(DISPATCHER_FD, DISPATCHER), [
      { ...named, id: 24, function: 'prog0' },
      { ...named, id: 20, function: 'prog1' },
    ]);
    assert.deepEqual([...open], []);
  });

  it('says that it may not list them', (t) => {
    fakeLinks(t, new Map());
    t.mock.method(libbpf(), 'bpf_link_get_next_id', () => ({ value: -EPERM, errno: EPERM }));
    assert.throws(() => readExtensions(DISPATCHER_FD, DISPATCHER), {
      message: 'list links: EPERM',
    });
  });
});
