// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ExporterError } from '../../../src/errors.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { encodeAttribute, GenericNetlink } from '../../../src/kernel/netlink.ts';
import { hasNativeXdp } from '../../../src/kernel/xdp-features.ts';

const CTRL_FAMILY = 16;
const NETDEV_FAMILY = 0x17;
const FAMILY_ID = 1;
const XDP_FEATURES = 3;

interface Call {
  readonly family: number;
  readonly command: number;
  readonly attribute: Buffer;
}

/** A kernel whose netdev family has the id 0x17, and whose devices have these features. */
function fakeNetlink(t: TestContext, features: bigint | undefined): Call[] {
  const calls: Call[] = [];
  t.mock.method(
    GenericNetlink.prototype,
    'request',
    (family: number, command: number, attribute: Buffer) => {
      calls.push({ family, command, attribute });
      const value = Buffer.alloc(8);
      if (family === CTRL_FAMILY) {
        value.writeUInt16LE(NETDEV_FAMILY);
        return new Map([[FAMILY_ID, value]]);
      }
      value.writeBigUInt64LE(features ?? 0n);
      return new Map(features === undefined ? [] : [[XDP_FEATURES, value]]);
    },
  );
  return calls;
}

describe('hasNativeXdp', () => {
  it('asks the netdev family of the device', (t) => {
    const index = Buffer.from([7, 0, 0, 0]);
    const calls = fakeNetlink(t, 1n);
    assert.equal(hasNativeXdp(7), true);
    assert.deepEqual(calls, [
      { family: CTRL_FAMILY, command: 3, attribute: encodeAttribute(2, Buffer.from('netdev\0')) },
      { family: NETDEV_FAMILY, command: 1, attribute: encodeAttribute(1, index) },
    ]);
  });

  it('looks at the basic feature only', (t) => {
    fakeNetlink(t, 0x3en);
    assert.equal(hasNativeXdp(7), false);
  });

  it('reads all 64 bits', (t) => {
    fakeNetlink(t, (1n << 63n) | 1n);
    assert.equal(hasNativeXdp(7), true);
  });

  it('cannot tell where the kernel says nothing of features', (t) => {
    fakeNetlink(t, undefined);
    assert.equal(hasNativeXdp(7), undefined);
  });

  it('cannot tell where the kernel has no such family', (t) => {
    t.mock.method(GenericNetlink.prototype, 'request', () => new Map());
    assert.equal(hasNativeXdp(7), undefined);
  });

  it('cannot tell where netlink refuses, and gives the socket back', (t) => {
    t.mock.method(GenericNetlink.prototype, 'request', () => {
      throw new ExporterError('send netlink request 3: ENOENT');
    });
    const close = t.mock.method(libc(), 'close');
    assert.equal(hasNativeXdp(7), undefined);
    assert.equal(close.mock.callCount(), 1);
  });

  it('cannot tell where there is no netlink', (t) => {
    t.mock.method(libc(), 'socket', () => ({ value: -1, errno: 97 }));
    assert.equal(hasNativeXdp(7), undefined);
  });

  it('never claims native XDP for the loopback device, nor for one that is not there', () => {
    assert.notEqual(hasNativeXdp(1), true);
    assert.equal(hasNativeXdp(0x7fff_ffff), undefined);
  });
});
