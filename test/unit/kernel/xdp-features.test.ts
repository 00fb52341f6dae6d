// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ExporterError } from '../../../src/errors.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { encodeAttribute } from '../../../src/kernel/netlink.ts';
import { NetlinkSocket } from '../../../src/kernel/netlink-socket.ts';
import { hasNativeXdp, readXdpFeatures } from '../../../src/kernel/xdp-features.ts';
import { fakeSocket } from './netlink-answers.ts';

const CTRL_FAMILY = 16;
const NETDEV_FAMILY = 0x17;
const FAMILY_ID = 1;
const XDP_FEATURES = 3;

interface Call {
  readonly family: number;
  /** The command and its version, then the attribute. */
  readonly request: Buffer;
}

/** struct genlmsghdr before attributes. */
function generic(...attributes: Buffer[]): Buffer {
  return Buffer.concat([Buffer.alloc(4), ...attributes]);
}

/** A kernel whose netdev family has the id 0x17, and whose devices have these features. */
function fakeNetlink(t: TestContext, features: bigint | undefined): Call[] {
  const calls: Call[] = [];
  fakeSocket(t);
  t.mock.method(
    NetlinkSocket.prototype,
    'request',
    (_operation: string, family: number, request: Buffer) => {
      calls.push({ family, request });
      const value = Buffer.alloc(8);
      if (family === CTRL_FAMILY) {
        value.writeUInt16LE(NETDEV_FAMILY);
        return generic(encodeAttribute(FAMILY_ID, value));
      }
      value.writeBigUInt64LE(features ?? 0n);
      return features === undefined ? generic() : generic(encodeAttribute(XDP_FEATURES, value));
    },
  );
  return calls;
}

function requestOf(command: number, type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([command, 1, 0, 0]), encodeAttribute(type, value)]);
}

describe('hasNativeXdp', () => {
  it('asks the netdev family of the device', (t) => {
    const index = Buffer.from([7, 0, 0, 0]);
    const calls = fakeNetlink(t, 1n);
    assert.equal(hasNativeXdp(7), true);
    assert.deepEqual(calls, [
      { family: CTRL_FAMILY, request: requestOf(3, 2, Buffer.from('netdev\0')) },
      { family: NETDEV_FAMILY, request: requestOf(1, 1, index) },
    ]);
  });

  it('looks at the basic feature only', (t) => {
    fakeNetlink(t, 0x3en);
    assert.equal(hasNativeXdp(7), false);
  });

  it('knows a driver that takes frames of many buffers', (t) => {
    fakeNetlink(t, 0x21n);
    assert.deepEqual(readXdpFeatures(7), { native: true, fragments: true });
    fakeNetlink(t, 0x1n);
    assert.deepEqual(readXdpFeatures(7), { native: true, fragments: false });
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
    t.mock.method(NetlinkSocket.prototype, 'request', () => generic());
    assert.equal(hasNativeXdp(7), undefined);
  });

  it('cannot tell where the answer is too short for what it should hold', (t) => {
    t.mock.method(NetlinkSocket.prototype, 'request', () =>
      generic(encodeAttribute(FAMILY_ID, Buffer.from([1]))),
    );
    assert.equal(hasNativeXdp(7), undefined);
  });

  it('cannot tell where netlink refuses, and gives the socket back', (t) => {
    fakeSocket(t);
    t.mock.method(NetlinkSocket.prototype, 'request', () => {
      throw new ExporterError('send netlink request 3: ENOENT');
    });
    const close = t.mock.method(libc(), 'close', () => ({ value: 0, errno: 0 }));
    assert.equal(hasNativeXdp(7), undefined);
    assert.equal(close.mock.callCount(), 1);
  });

  it('cannot tell where there is no netlink', (t) => {
    t.mock.method(libc(), 'socket', () => ({ value: -1, errno: 97 }));
    assert.equal(hasNativeXdp(7), undefined);
  });
});
