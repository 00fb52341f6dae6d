// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { hasXdpLinks, XdpLink } from '../../../src/kernel/xdp-link.ts';

const BPF_XDP = 37;
const LINK_FD = 1234;

function fakeCreate(t: TestContext, value = LINK_FD) {
  return t.mock.method(libbpf(), 'bpf_link_create', () => ({ value, errno: 0 }));
}

describe('XdpLink', () => {
  const modes = [
    { mode: 'generic', flags: 2 },
    { mode: 'native', flags: 4 },
  ] as const;
  for (const { mode, flags } of modes) {
    it(`asks for ${mode} mode by its flag, so that the kernel cannot choose another`, (t) => {
      const create = fakeCreate(t);
      new XdpLink(9, 5, mode);
      const [fd, ifindex, kind, options] = (create.mock.calls[0]?.arguments ?? []) as unknown as [
        number,
        number,
        number,
        Buffer,
      ];
      assert.deepEqual([fd, ifindex, kind], [9, 5, BPF_XDP]);
      assert.equal(options.readBigUInt64LE(0), BigInt(options.length));
      assert.equal(options.readUInt32LE(8), flags);
    });
  }

  it('gives the symbol of the refusal as its code', (t) => {
    fakeCreate(t, -95);
    assert.throws(() => new XdpLink(9, 5, 'native'), {
      message: 'attach XDP in mode native: EOPNOTSUPP',
      code: 'EOPNOTSUPP',
    });
  });

  it('is attached while the kernel knows a device of it', (t) => {
    fakeCreate(t);
    const link = new XdpLink(9, 5, 'native');
    let ifindex = 5;
    const read = t.mock.method(
      libbpf(),
      'bpf_obj_get_info_by_fd',
      (_fd: number, info: Buffer, size: Buffer) => {
        assert.equal(size.readUInt32LE(), info.length);
        // struct bpf_link_info: type, id, prog_id, padding, xdp.ifindex.
        info.writeUInt32LE(6, 0);
        info.writeUInt32LE(3, 4);
        info.writeUInt32LE(8, 8);
        info.writeUInt32LE(ifindex, 16);
        return { value: 0, errno: 0 };
      },
    );
    assert.equal(link.isAttached(), true);
    ifindex = 0;
    assert.equal(link.isAttached(), false);
    assert.equal(read.mock.calls[0]?.arguments[0], LINK_FD);
  });

  it('says that it could not be read', (t) => {
    fakeCreate(t);
    const link = new XdpLink(9, 5, 'native');
    t.mock.method(libbpf(), 'bpf_obj_get_info_by_fd', () => ({ value: -1, errno: 1 }));
    assert.throws(() => link.isAttached(), { message: 'read XDP link: EPERM' });
  });

  it('detaches by giving its descriptor back', (t) => {
    fakeCreate(t);
    const close = t.mock.method(libc(), 'close', () => ({ value: 0, errno: 0 }));
    new XdpLink(9, 5, 'native').close();
    assert.deepEqual(close.mock.calls[0]?.arguments, [LINK_FD]);
  });
});

describe('hasXdpLinks', () => {
  for (const [value, expected] of [
    [-95, true],
    [-16, true],
    [-17, true],
    [-22, false],
  ] as const) {
    it(`asks for a link that no kernel can make, and takes ${value} for ${expected}`, (t) => {
      const create = fakeCreate(t, value);
      assert.equal(hasXdpLinks(9), expected);
      const [fd, ifindex, , options] = (create.mock.calls[0]?.arguments ?? []) as unknown as [
        number,
        number,
        number,
        Buffer,
      ];
      assert.deepEqual([fd, ifindex, options.readUInt32LE(8)], [9, 1, 8]);
    });
  }

  it('gives back a link that it is given all the same', (t) => {
    fakeCreate(t);
    const close = t.mock.method(libc(), 'close', () => ({ value: 0, errno: 0 }));
    assert.equal(hasXdpLinks(9), true);
    assert.deepEqual(close.mock.calls[0]?.arguments, [LINK_FD]);
  });

  it('does not take a refusal for an answer', (t) => {
    fakeCreate(t, -1);
    assert.throws(() => hasXdpLinks(9), { message: 'ask for XDP link: EPERM', code: 'EPERM' });
  });
});
