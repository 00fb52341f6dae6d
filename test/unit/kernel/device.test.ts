// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { type Address, bindLibrary } from '../../../src/ffi/library.ts';
import { readMemory } from '../../../src/ffi/memory.ts';
import {
  deviceName,
  findDevice,
  listDevices,
  queryXdp,
  readDriver,
  readMtu,
} from '../../../src/kernel/device.ts';

const SIOCGIFNAME = 0x8910;
const SIOCGIFMTU = 0x8921;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;

const LO = { name: 'lo', ifindex: 1 };
const ABSENT = { name: 'no-such-dev', ifindex: 0x7fff_ffff };

const { memcpy } = bindLibrary('test-libc', 'libc.so.6', {
  memcpy: { params: ['i64', 'buffer', 'i64'], returns: 'i64' },
});

function writeMemory(address: Address, text: string): void {
  memcpy(address, Buffer.from(text), text.length);
}

/** The names in /proc/net/dev, which shows the namespace of the thread, as if_nameindex does. */
function namesInProc(): string[] {
  const lines = readFileSync('/proc/thread-self/net/dev', 'utf8').split('\n').slice(2);
  return lines.filter((line) => line !== '').map((line) => line.split(':')[0]?.trim() ?? '');
}

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

describe('findDevice', () => {
  it('finds a device by the bytes of its name', () => {
    assert.deepEqual(findDevice(Buffer.from('lo')), LO);
  });

  it('finds none of a name that is not there, nor of one cut to fit', () => {
    assert.equal(findDevice(Buffer.from('no-such-dev')), undefined);
    assert.equal(findDevice(Buffer.alloc(40, 'x')), undefined);
  });

  it('says why the kernel does not answer', (t) => {
    t.mock.method(libc(), 'ioctl', () => ({ value: -1, errno: 1 }));
    assert.throws(() => findDevice(Buffer.from('lo')), { message: 'find device "lo": EPERM' });
  });
});

describe('listDevices', () => {
  it('lists every device with its own index', () => {
    const devices = listDevices();
    assert.deepEqual(devices.map(({ name }) => name).toSorted(), namesInProc().toSorted());
    assert.equal(new Set(devices.map(({ ifindex }) => ifindex)).size, devices.length);
    assert.equal(devices.find(({ name }) => name === 'lo')?.ifindex, 1);
  });

  it("gives libc's table back, also where reading it fails", (t) => {
    const free = t.mock.method(libc(), 'if_freenameindex');
    listDevices();
    t.mock.method(libc(), 'strnlen', () => {
      throw new Error('injected');
    });
    assert.throws(() => listDevices(), /injected/);
    assert.equal(free.mock.callCount(), 2);
  });

  it('says why the kernel gives no list', (t) => {
    t.mock.method(libc(), 'if_nameindex', () => ({ value: 0, errno: 105 }));
    assert.throws(() => listDevices(), { message: 'list network devices: ENOBUFS' });
  });
});

/** An ioctl for a device of that index and name (latin1), that then answers with `value`. */
function answerName(ifindex: number, name: string, value: number) {
  return (_fd: number, command: number, request: Buffer) => {
    assert.equal(request.length, 40);
    if (command === SIOCGIFNAME) {
      assert.equal(request.readInt32LE(16), ifindex);
      request.write(`${name}\0`, 0, 'latin1');
    } else {
      assert.equal(request.toString('latin1', 0, name.length + 1), `${name}\0`);
      request.writeInt32LE(value, 16);
    }
    return { value: 0, errno: 0 };
  };
}

describe('readMtu', () => {
  it('reads the MTU of the loopback device', () => {
    assert.equal(readMtu(LO), Number(readFileSync('/sys/class/net/lo/mtu', 'utf8')));
  });

  it('says ENODEV for a device that is not there', () => {
    assert.throws(() => readMtu(ABSENT), {
      message: 'read MTU of "no-such-dev": ENODEV',
      code: 'ENODEV',
    });
  });

  it('asks by the name that the kernel itself gives for the index', (t) => {
    const ioctl = t.mock.method(libc(), 'ioctl', answerName(12, 'et\xffh', 9000));
    assert.equal(readMtu({ name: 'et\ufffdh#12', ifindex: 12 }), 9000);
    const commands = ioctl.mock.calls.map(({ arguments: [, command] }) => command);
    assert.deepEqual(commands, [SIOCGIFNAME, SIOCGIFMTU]);
  });

  it('gives the socket back, also where the kernel refuses', (t) => {
    const socket = t.mock.method(libc(), 'socket');
    const close = t.mock.method(libc(), 'close');
    readMtu(LO);
    assert.throws(() => readMtu(ABSENT));
    assert.deepEqual(
      close.mock.calls.map((call) => call.arguments[0]),
      socket.mock.calls.map((call) => call.result?.value),
    );
  });

  it('says why no socket is to be had', (t) => {
    t.mock.method(libc(), 'socket', () => ({ value: -1, errno: 24 }));
    assert.throws(() => readMtu(LO), { message: 'open socket: EMFILE' });
  });
});

describe('readDriver', () => {
  it("reads the driver's word for itself", (t) => {
    t.mock.method(libc(), 'ioctl', (_fd: number, command: number, request: Buffer) => {
      if (command === SIOCGIFNAME) {
        request.write('eth0\0');
        return { value: 0, errno: 0 };
      }
      assert.equal(command, SIOCETHTOOL);
      assert.equal(request.toString('latin1', 0, 5), 'eth0\0');
      const address = Number(request.readBigUInt64LE(16));
      assert.equal(readMemory(address, 4).readUInt32LE(), ETHTOOL_GDRVINFO);
      // struct ethtool_drvinfo: cmd, driver[32], version[32], ...
      writeMemory(address + 4, 'virtio_net\0garbage');
      writeMemory(address + 36, '1.0.0');
      return { value: 0, errno: 0 };
    });
    assert.equal(readDriver({ name: 'eth0', ifindex: 2 }), 'virtio_net');
  });

  it('has none for the loopback device, nor for one that is not there', () => {
    assert.equal(readDriver(LO), undefined);
    assert.equal(readDriver(ABSENT), undefined);
  });

  it('gives clean words for the drivers of this machine', () => {
    for (const device of listDevices()) {
      assert.match(readDriver(device) ?? 'none', /^[\w .-]{1,31}$/);
    }
  });

  it('does not hide what is no refusal of the kernel', (t) => {
    t.mock.method(libc(), 'ioctl', () => {
      throw new TypeError('injected');
    });
    assert.throws(() => readDriver(LO), TypeError);
  });
});

describe('queryXdp', () => {
  it('tells the three slots apart', (t) => {
    const query = t.mock.method(
      libbpf(),
      'bpf_xdp_query',
      (_ifindex: number, _flags: number, options: Buffer) => {
        // struct bpf_xdp_query_opts: sz, prog_id, drv_prog_id, hw_prog_id, skb_prog_id, attach_mode.
        assert.equal(options.readBigUInt64LE(0), BigInt(options.length));
        options.writeUInt32LE(1, 8);
        options.writeUInt32LE(22, 12);
        options.writeUInt32LE(333, 16);
        options.writeUInt32LE(4444, 20);
        return { value: 0, errno: 0 };
      },
    );
    assert.deepEqual(queryXdp(7), { native: 22, offload: 333, generic: 4444 });
    assert.deepEqual(query.mock.calls[0]?.arguments.slice(0, 2), [7, 0]);
  });

  it('asks the kernel without privilege', () => {
    const { native, generic, offload } = queryXdp(1);
    assert.ok([native, generic, offload].every((id) => Number.isInteger(id) && id >= 0));
    assert.equal(native, 0, 'the loopback device has no driver mode');
  });

  it('says why the kernel refuses', (t) => {
    t.mock.method(libbpf(), 'bpf_xdp_query', () => ({ value: -95, errno: 95 }));
    assert.throws(() => queryXdp(3), { message: 'query XDP on ifindex 3: EOPNOTSUPP' });
  });
});
