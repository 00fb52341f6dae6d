// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ExporterError } from '../../../src/errors.ts';
import {
  decodeAttributes,
  decodeMessages,
  encodeAttribute,
  encodeMessage,
  listAttributes,
  readU32,
} from '../../../src/kernel/netlink.ts';

const HEADER = 16;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const attribute = fc.record({ type: fc.integer({ min: 0, max: 0x3fff }), value: bytes });

function decode(datagram: Buffer) {
  return [...decodeMessages('read answer', datagram)];
}

function padded(message: Buffer): Buffer {
  return Buffer.concat([message, Buffer.alloc(-message.length & 3)]);
}

describe('encodeAttribute', () => {
  it('writes length, type, value and padding', () => {
    assert.equal(encodeAttribute(2, Buffer.from('lo\0')).toString('hex'), '070002006c6f0000');
    assert.equal(encodeAttribute(1, Buffer.alloc(0)).toString('hex'), '04000100');
  });
});

describe('listAttributes', () => {
  it('reads back every list of attributes, those of one type too', () => {
    fc.assert(
      fc.property(fc.array(attribute), (list) => {
        const encoded = Buffer.concat(list.map(({ type, value }) => encodeAttribute(type, value)));
        const expected = list.map(({ type, value }) => [type, value]);
        assert.deepEqual(listAttributes(encoded), expected);
      }),
    );
  });

  it('leaves out what is not wanted', () => {
    const encoded = Buffer.concat(
      [1, 2, 3, 2].map((type) => encodeAttribute(type, Buffer.alloc(3))),
    );
    const types = listAttributes(encoded, new Set([2, 7])).map(([type]) => type);
    assert.deepEqual(types, [2, 2]);
  });

  it('ends, and reads nothing beyond the bytes given, whatever they are', () => {
    fc.assert(
      fc.property(bytes, bytes, (given, beyond) => {
        const memory = Buffer.concat([given, beyond]);
        const list = listAttributes(memory.subarray(0, given.length));
        assert.deepEqual(list, listAttributes(given));
        for (const [, value] of list) {
          assert.ok(value.byteOffset - memory.byteOffset + value.length <= given.length);
        }
      }),
    );
  });

  it('ends at an attribute that is shorter than its header or longer than the rest', () => {
    const whole = encodeAttribute(1, Buffer.from([7]));
    for (const length of [0, 1, 3, 9, 0xffff]) {
      const damaged = Buffer.from([length & 0xff, length >> 8, 2, 0, 1, 2, 3, 4]);
      const types = listAttributes(Buffer.concat([whole, damaged])).map(([type]) => type);
      assert.deepEqual(types, [1]);
    }
  });

  it('takes the nested and byte order flags off the type', () => {
    const nested = encodeAttribute(0x8003, Buffer.from([1]));
    const bigEndian = encodeAttribute(0x4004, Buffer.from([1]));
    const types = listAttributes(Buffer.concat([nested, bigEndian])).map(([type]) => type);
    assert.deepEqual(types, [3, 4]);
  });

  it('takes a last attribute whose padding was left out', () => {
    const list = listAttributes(encodeAttribute(5, Buffer.from([9])).subarray(0, 5));
    assert.deepEqual(list, [[5, Buffer.from([9])]]);
  });
});

describe('decodeAttributes', () => {
  it('gives the last of several of one type', () => {
    const [first, last] = [Buffer.from([1]), Buffer.from([2])];
    const encoded = Buffer.concat([encodeAttribute(4, first), encodeAttribute(4, last)]);
    assert.deepEqual(decodeAttributes(encoded), new Map([[4, last]]));
  });
});

describe('readU32', () => {
  it('reads no number from fewer than four bytes', () => {
    assert.equal(readU32(Buffer.from([1, 2, 3, 0x84])), 0x84030201);
    assert.equal(readU32(Buffer.from([1, 2, 3])), undefined);
    assert.equal(readU32(undefined), undefined);
  });
});

describe('encodeMessage', () => {
  it('writes a message of its own length, with type, flags and sequence', () => {
    const payload = Buffer.from([1, 2, 3, 4, 5]);
    const message = encodeMessage({ type: 0x1234, flags: 0x301, sequence: 0xfffffffe, payload });
    assert.equal(
      message.toString('hex'),
      `15000000${'3412'}${'0103'}feffffff${'00000000'}0102030405`,
    );
  });
});

describe('decodeMessages', () => {
  const u16 = fc.integer({ min: 0, max: 0xffff });
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const message = fc
    .tuple(u16, u16, u32, bytes)
    .map(([type, flags, sequence, payload]) => ({ type, flags, sequence, payload }));

  it('reads back every list of messages', () => {
    fc.assert(
      fc.property(fc.array(message), (list) => {
        const datagram = Buffer.concat(list.map((item) => padded(encodeMessage(item))));
        assert.deepEqual(decode(datagram), list);
      }),
    );
  });

  it('takes a last message whose padding was left out', () => {
    const only = { type: 20, flags: 2, sequence: 3, payload: Buffer.from([9]) };
    assert.deepEqual(decode(encodeMessage(only)), [only]);
  });

  it('refuses a message that is longer or shorter than it can be', () => {
    const whole = encodeMessage({ type: 20, flags: 0, sequence: 1, payload: Buffer.alloc(8) });
    for (const length of [0, 15, 25, 0xffffffff]) {
      const lying = Buffer.from(whole);
      lying.writeUInt32LE(length);
      assert.throws(
        () => decode(Buffer.concat([whole, lying])),
        new RegExp(`^ExporterError: read answer: damaged netlink message of ${length} bytes, 24 `),
      );
    }
  });

  it('refuses what is left and shorter than a header', () => {
    const whole = encodeMessage({ type: 20, flags: 0, sequence: 1, payload: Buffer.alloc(8) });
    for (const length of [1, HEADER - 1]) {
      assert.throws(() => decode(Buffer.concat([whole, Buffer.alloc(length)])), ExporterError);
    }
  });

  it('ends for whatever bytes, throws nothing but an ExporterError, and reads nothing beyond', () => {
    fc.assert(
      fc.property(bytes, (datagram) => {
        try {
          for (const { payload } of decodeMessages('read answer', datagram)) {
            const end = payload.byteOffset - datagram.byteOffset + payload.length;
            assert.ok(end <= datagram.length);
          }
        } catch (error) {
          assert.ok(error instanceof ExporterError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
