// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { listDevices, queryXdp, readDriver, readMtu } from '../../../src/bpf/device.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { type Address, bindLibrary } from '../../../src/ffi/library.ts';
import { readMemory } from '../../../src/ffi/memory.ts';

const SIOCGIFMTU = 0x8921;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;

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

describe('readMtu', () => {
  it('reads the MTU of the loopback device', () => {
    assert.equal(readMtu('lo'), Number(readFileSync('/sys/class/net/lo/mtu', 'utf8')));
  });

  it('says ENODEV for a device that is not there', () => {
    assert.throws(() => readMtu('no-such-dev'), {
      message: 'read MTU of "no-such-dev": ENODEV',
      code: 'ENODEV',
    });
  });

  it('asks with a name that is NUL-terminated, however long it is', (t) => {
    const ioctl = t.mock.method(
      libc(),
      'ioctl',
      (_fd: number, _command: number, request: Buffer) => {
        request.writeInt32LE(9000, 16);
        return { value: 0, errno: 0 };
      },
    );
    assert.equal(readMtu('x'.repeat(40)), 9000);
    const [, command, request] = (ioctl.mock.calls[0]?.arguments ?? []) as unknown as [
      number,
      number,
      Buffer,
    ];
    assert.equal(command, SIOCGIFMTU);
    assert.equal(request.length, 40);
    assert.equal(request.toString('latin1', 0, 16), `${'x'.repeat(15)}\0`);
  });

  it('gives the socket back, also where the kernel refuses', (t) => {
    const socket = t.mock.method(libc(), 'socket');
    const close = t.mock.method(libc(), 'close');
    readMtu('lo');
    assert.throws(() => readMtu('no-such-dev'));
    assert.deepEqual(
      close.mock.calls.map((call) => call.arguments[0]),
      socket.mock.calls.map((call) => call.result?.value),
    );
  });

  it('says why no socket is to be had', (t) => {
    t.mock.method(libc(), 'socket', () => ({ value: -1, errno: 24 }));
    assert.throws(() => readMtu('lo'), { message: 'open socket: EMFILE' });
  });
});

describe('readDriver', () => {
  it("reads the driver's word for itself", (t) => {
    t.mock.method(libc(), 'ioctl', (_fd: number, command: number, request: Buffer) => {
      assert.equal(command, SIOCETHTOOL);
      assert.equal(request.toString('latin1', 0, 5), 'eth0\0');
      const address = Number(request.readBigUInt64LE(16));
      assert.equal(readMemory(address, 4).readUInt32LE(), ETHTOOL_GDRVINFO);
      // struct ethtool_drvinfo: cmd, driver[32], version[32], ...
      writeMemory(address + 4, 'virtio_net\0garbage');
      writeMemory(address + 36, '1.0.0');
      return { value: 0, errno: 0 };
    });
    assert.equal(readDriver('eth0'), 'virtio_net');
  });

  it('has none for the loopback device, nor for one that is not there', () => {
    assert.equal(readDriver('lo'), undefined);
    assert.equal(readDriver('no-such-dev'), undefined);
  });

  it('gives clean words for the drivers of this machine', () => {
    for (const { name } of listDevices()) {
      assert.match(readDriver(name) ?? 'none', /^[\w .-]{1,31}$/);
    }
  });

  it('does not hide what is no refusal of the kernel', (t) => {
    t.mock.method(libc(), 'ioctl', () => {
      throw new TypeError('injected');
    });
    assert.throws(() => readDriver('lo'), TypeError);
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
