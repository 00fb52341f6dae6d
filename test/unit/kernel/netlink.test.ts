// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ExporterError, SystemError } from '../../../src/errors.ts';
import { libc } from '../../../src/ffi/libc.ts';
import {
  decodeAttributes,
  decodeReply,
  encodeAttribute,
  encodeRequest,
  GenericNetlink,
} from '../../../src/kernel/netlink.ts';

const HEADERS = 20;
const NLMSG_ERROR = 2;
const CTRL = { family: 16, getFamily: 3, id: 1, name: 2 } as const;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const attributes = fc.uniqueArray(
  fc.record({ type: fc.integer({ min: 0, max: 0x3fff }), value: bytes }),
  { selector: ({ type }) => type },
);

function reply(attributeBytes: Buffer): Buffer {
  return encodeRequest(20, 1, attributeBytes);
}

function errorReply(error: number): Buffer {
  const message = Buffer.alloc(36);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(NLMSG_ERROR, 4);
  message.writeInt32LE(error, 16);
  return message;
}

describe('encodeAttribute', () => {
  it('writes length, type, value and padding', () => {
    assert.equal(encodeAttribute(2, Buffer.from('lo\0')).toString('hex'), '070002006c6f0000');
    assert.equal(encodeAttribute(1, Buffer.alloc(0)).toString('hex'), '04000100');
  });
});

describe('decodeAttributes', () => {
  it('reads back every list of attributes', () => {
    fc.assert(
      fc.property(attributes, (list) => {
        const encoded = Buffer.concat(list.map(({ type, value }) => encodeAttribute(type, value)));
        assert.deepEqual(
          [...decodeAttributes(encoded)],
          list.map(({ type, value }) => [type, value]),
        );
      }),
    );
  });

  it('ends, and reads nothing beyond the bytes given, whatever they are', () => {
    fc.assert(
      fc.property(bytes, bytes, (given, beyond) => {
        const memory = Buffer.concat([given, beyond]);
        const decoded = decodeAttributes(memory.subarray(0, given.length));
        assert.deepEqual(decoded, decodeAttributes(given));
        for (const value of decoded.values()) {
          const end = value.byteOffset - memory.byteOffset + value.length;
          assert.ok(end <= given.length);
        }
      }),
    );
  });

  it('ends at an attribute that is shorter than its header or longer than the rest', () => {
    const whole = encodeAttribute(1, Buffer.from([7]));
    const lengths = [0, 1, 3, 9, 0xffff];
    for (const length of lengths) {
      const damaged = Buffer.from([length & 0xff, length >> 8, 2, 0, 1, 2, 3, 4]);
      assert.deepEqual([...decodeAttributes(Buffer.concat([whole, damaged])).keys()], [1]);
    }
  });

  it('takes the nested and byte order flags off the type', () => {
    const nested = encodeAttribute(0x8003, Buffer.from([1]));
    const bigEndian = encodeAttribute(0x4004, Buffer.from([1]));
    assert.deepEqual([...decodeAttributes(Buffer.concat([nested, bigEndian])).keys()], [3, 4]);
  });

  it('takes a last attribute whose padding was left out', () => {
    const decoded = decodeAttributes(encodeAttribute(5, Buffer.from([9])).subarray(0, 5));
    assert.deepEqual(decoded.get(5), Buffer.from([9]));
  });
});

describe('encodeRequest', () => {
  it('writes a message of its own length, with family, flag, command and version', () => {
    const attribute = encodeAttribute(1, Buffer.from([1, 0, 0, 0]));
    const message = encodeRequest(0x1234, 3, attribute);
    assert.equal(message.readUInt32LE(0), message.length);
    assert.equal(message.readUInt16LE(4), 0x1234);
    assert.equal(message.readUInt16LE(6), 1);
    assert.deepEqual([...message.subarray(16, 20)], [3, 1, 0, 0]);
    assert.deepEqual(message.subarray(HEADERS), attribute);
  });
});

describe('decodeReply', () => {
  it('gives the attributes of the message', () => {
    const decoded = decodeReply(reply(encodeAttribute(3, Buffer.from([1, 2]))));
    assert.deepEqual(decoded, new Map([[3, Buffer.from([1, 2])]]));
  });

  it('gives no attribute of what follows the message', () => {
    const first = reply(encodeAttribute(3, Buffer.alloc(4)));
    const second = reply(encodeAttribute(4, Buffer.alloc(4)));
    const decoded = decodeReply(Buffer.concat([first, second]));
    assert.deepEqual([...(decoded as Map<number, Buffer>).keys()], [3]);
  });

  it("gives the kernel's refusal as a positive errno", () => {
    assert.equal(decodeReply(errorReply(-19)), 19);
  });

  it('refuses a reply that is shorter than its headers', () => {
    for (const length of [0, 1, 16, 19]) {
      assert.throws(() => decodeReply(Buffer.alloc(length)), ExporterError);
    }
  });

  it('gives attributes or a number for whatever bytes, and reads nothing beyond them', () => {
    const replies = fc.uint8Array({ minLength: HEADERS, maxLength: 200 });
    fc.assert(
      fc.property(replies, fc.boolean(), (array, isError) => {
        const damaged = Buffer.from(array);
        damaged.writeUInt16LE(isError ? NLMSG_ERROR : 20, 4);
        const decoded = decodeReply(damaged);
        assert.equal(typeof decoded === 'number', isError);
        assert.ok(
          typeof decoded === 'number' || [...decoded.values()].every((v) => v.length < 200),
        );
      }),
    );
  });
});

describe('GenericNetlink', () => {
  const nameOf = (family: string) => encodeAttribute(CTRL.name, Buffer.from(`${family}\0`));

  it('asks the kernel and gives its answer', () => {
    const netlink = new GenericNetlink();
    try {
      const answer = netlink.request(CTRL.family, CTRL.getFamily, nameOf('nlctrl'));
      assert.equal(answer.get(CTRL.id)?.readUInt16LE(), CTRL.family);
      assert.equal(answer.get(CTRL.name)?.toString(), 'nlctrl\0');
    } finally {
      netlink.close();
    }
  });

  it("throws the symbol of the kernel's refusal, and goes on", () => {
    const netlink = new GenericNetlink();
    try {
      const ask = () => netlink.request(CTRL.family, CTRL.getFamily, nameOf('no-such-family'));
      assert.throws(ask, /^ExporterError: send netlink request 3: ENOENT$/);
      assert.throws(ask, ExporterError);
      assert.equal(netlink.request(CTRL.family, CTRL.getFamily, nameOf('nlctrl')).size > 0, true);
    } finally {
      netlink.close();
    }
  });

  it('waits two seconds for the kernel, and no longer', (t) => {
    const option = t.mock.method(libc(), 'setsockopt');
    new GenericNetlink().close();
    const [, level, name, timeout] = (option.mock.calls[0]?.arguments ?? []) as unknown[];
    // SOL_SOCKET, SO_RCVTIMEO, struct timeval.
    assert.deepEqual([level, name, timeout], [1, 20, Buffer.from(`02${'00'.repeat(15)}`, 'hex')]);
    assert.equal(option.mock.calls[0]?.result?.value, 0);
  });

  it('throws where the kernel stays silent', (t) => {
    const netlink = new GenericNetlink();
    t.mock.method(libc(), 'recv', () => ({ value: -1, errno: 11 }));
    try {
      assert.throws(() => netlink.request(CTRL.family, CTRL.getFamily, nameOf('nlctrl')), {
        message: 'read netlink reply: EAGAIN',
      });
    } finally {
      netlink.close();
    }
  });

  it('throws where no socket is to be had', (t) => {
    t.mock.method(libc(), 'socket', () => ({ value: -1, errno: 24 }));
    assert.throws(() => new GenericNetlink(), { message: 'open netlink socket: EMFILE' });
  });

  it('gives its descriptor back', (t) => {
    const netlink = new GenericNetlink();
    const close = t.mock.method(libc(), 'close');
    netlink.close();
    assert.deepEqual(close.mock.calls[0]?.result, { value: 0, errno: 0 });
    assert.throws(
      () => netlink.request(CTRL.family, CTRL.getFamily, nameOf('nlctrl')),
      (error) => error instanceof SystemError && error.code === 'EBADF',
    );
  });
});
