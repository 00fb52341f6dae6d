// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { libc } from '../../../src/ffi/libc.ts';
import { decodeDevice, deviceName, listDevices } from '../../../src/kernel/device.ts';
import { answerNetlink, attribute, done } from './netlink-answers.ts';

const LO = { name: 'lo', ifindex: 1 };
const FREE = { native: 0, generic: 0, offload: 0 };

describe('deviceName', () => {
  const names = [
    ['eth0', 'eth0'],
    ['a"b\\{}', 'a"b\\{}'],
    ['w\u00fcrfel', 'w\u00fcrfel'],
    ['\ufeffbom', '\ufeffbom'],
    [Buffer.from('et\xffh', 'latin1'), 'et\ufffdh#12'],
    [Buffer.from('\xed\xa0\x80', 'latin1'), '\ufffd\ufffd\ufffd#12'],
    [Buffer.from('cut\xe2\x80', 'latin1'), 'cut\ufffd#12'],
    ['et\ufffdh', 'et\ufffdh#12'],
    ['\ufffd#12', '\ufffd#12#12'],
  ] as const;
  for (const [rawName, shown] of names) {
    it(`shows ${JSON.stringify(rawName.toString('latin1'))} as ${JSON.stringify(shown)}`, () => {
      assert.equal(deviceName(Buffer.from(rawName), 12), shown);
    });
  }

  it('gives different names to different devices, whatever bytes and indexes they have', () => {
    // Few bytes, so that names collide often but for their index: of U+FFFD itself, "#" and digits, and a bad one.
    const byte = fc.constantFrom(0xef, 0xbf, 0xbd, 0x23, 0x31, 0x32, 0xff);
    const rawName = fc
      .array(byte, { minLength: 1, maxLength: 6 })
      .map((bytes) => Buffer.from(bytes));
    const ifindex = fc.integer({ min: 1, max: 22 });
    fc.assert(
      fc.property(rawName, rawName, ifindex, ifindex, (first, second, one, other) => {
        fc.pre(one !== other && !first.equals(second));
        assert.notEqual(deviceName(first, one), deviceName(second, other));
      }),
      { numRuns: 5_000 },
    );
  });
});

/** The payload of RTM_NEWLINK: struct ifinfomsg, then attributes. */
function link(ifindex: number, linkType: number, ...attributes: Buffer[]): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16LE(linkType, 2);
  header.writeInt32LE(ifindex, 4);
  return Buffer.concat([header, ...attributes]);
}

describe('decodeDevice', () => {
  const name = attribute(3, 'eth0\0');

  it('reads everything that a device is', () => {
    const altNames = Buffer.concat([
      attribute(53, 'wan\0'),
      attribute(99, 'other\0'),
      attribute(53, 'a-long-alternative-name\0'),
      attribute(53, Buffer.from('x\xff\0', 'latin1')),
    ]);
    const payload = link(
      7,
      1,
      name,
      attribute(4, 1500),
      attribute(51, 9216),
      attribute(0x8000 | 52, altNames),
      attribute(18, Buffer.concat([attribute(1, 'veth\0'), attribute(2, Buffer.alloc(8))])),
      attribute(43, Buffer.concat([attribute(2, Buffer.from([1])), attribute(5, 42)])),
    );
    assert.deepEqual(decodeDevice(payload), {
      name: 'eth0',
      ifindex: 7,
      altNames: ['wan', 'a-long-alternative-name', 'x\ufffd#7'],
      mtu: 1500,
      maxMtu: 9216,
      linkType: 1,
      kind: 'veth',
      xdp: { ...FREE, native: 42 },
    });
  });

  it('leaves out what the kernel does not say', () => {
    assert.deepEqual(decodeDevice(link(1, 772, attribute(3, 'lo\0'), attribute(51, 0))), {
      ...LO,
      altNames: [],
      mtu: 0,
      linkType: 772,
      xdp: FREE,
    });
  });

  it('tells the slots of XDP apart, also where several are taken', () => {
    // IFLA_XDP_ATTACHED 4 is "several", and then IFLA_XDP_PROG_ID is left out.
    const several = [
      attribute(2, Buffer.from([4])),
      attribute(5, 1),
      attribute(6, 22),
      attribute(7, 333),
    ];
    const device = decodeDevice(link(7, 1, name, attribute(43, Buffer.concat(several))));
    assert.deepEqual(device?.xdp, { native: 1, generic: 22, offload: 333 });
  });

  it('gives no device without a name, an index or a header', () => {
    assert.equal(decodeDevice(link(7, 1, attribute(4, 1500))), undefined);
    assert.equal(decodeDevice(link(0, 1, name)), undefined);
    assert.equal(decodeDevice(link(7, 1).subarray(0, 15)), undefined);
  });

  it('takes attributes that are too short for missing', () => {
    const short = [4, 51].map((type) => attribute(type, Buffer.from([1, 2, 3])));
    const xdp = attribute(43, attribute(5, Buffer.from([1])));
    const device = decodeDevice(link(7, 1, name, ...short, xdp));
    assert.deepEqual(device, {
      name: 'eth0',
      ifindex: 7,
      altNames: [],
      mtu: 0,
      linkType: 1,
      xdp: FREE,
    });
  });

  it('throws nothing and reads nothing beyond the payload, whatever the bytes', () => {
    const some = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
    const type = fc.constantFrom(3, 4, 18, 43, 51, 52);
    const list = fc.array(fc.tuple(type, some).map(([first, value]) => attribute(first, value)));
    fc.assert(
      fc.property(list, some, some, (attributes, tail, beyond) => {
        const payload = Buffer.concat([link(7, 1), ...attributes, tail]);
        const memory = Buffer.concat([payload, beyond]);
        const device = decodeDevice(memory.subarray(0, payload.length));
        assert.deepEqual(device, decodeDevice(payload));
        assert.equal(decodeDevice(tail)?.name, decodeDevice(Buffer.from(tail))?.name);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('listDevices', () => {
  it('asks for links without their statistics', (t) => {
    const requests = answerNetlink(t, () => [[done()]]);
    assert.deepEqual(listDevices(), []);
    const payload = Buffer.concat([Buffer.alloc(16), attribute(29, 8)]);
    assert.deepEqual(requests, [{ type: 18, flags: 0x301, payload }]);
  });

  it('gives the socket back, and says why the kernel gives no list', (t) => {
    answerNetlink(t, () => [[done(-105)]]);
    const close = t.mock.method(libc(), 'close', () => ({ value: 0, errno: 0 }));
    assert.throws(() => listDevices(), { message: 'list network devices: ENOBUFS' });
    assert.equal(close.mock.callCount(), 1);
  });
});
