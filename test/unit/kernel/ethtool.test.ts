// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libc } from '../../../src/ffi/libc.ts';
import { type Address, bindLibrary } from '../../../src/ffi/library.ts';
import { readMemory } from '../../../src/ffi/memory.ts';
import { readDeviceInfo, readDriver, readQueues } from '../../../src/kernel/ethtool.ts';

const SIOCGIFNAME = 0x8910;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;
const ETHTOOL_GCHANNELS = 0x3c;
const ETHTOOL_GLINKSETTINGS = 0x4c;

const ETH0 = { name: 'eth0', ifindex: 2 };

const { memcpy } = bindLibrary('test-libc', 'libc.so.6', {
  memcpy: { params: ['i64', 'buffer', 'i64'], returns: 'i64' },
});

const EOPNOTSUPP = 95;

/** By command: what fills the structure at an address. */
type Fills = Readonly<Record<number, (address: Address) => void>>;

/** A driver that knows some commands. */
function answer(t: TestContext, fills: Fills): void {
  t.mock.method(libc(), 'ioctl', (_fd: number, request: number, ifreq: Buffer) => {
    if (request === SIOCGIFNAME) {
      ifreq.write('eth0\0');
      return { value: 0, errno: 0 };
    }
    assert.equal(request, SIOCETHTOOL);
    assert.equal(ifreq.toString('latin1', 0, 5), 'eth0\0');
    const address = Number(ifreq.readBigUInt64LE(16));
    const fill = fills[readMemory(address, 4).readUInt32LE()];
    fill?.(address);
    return fill === undefined ? { value: -1, errno: EOPNOTSUPP } : { value: 0, errno: 0 };
  });
}

function write(address: Address, bytes: Buffer): void {
  memcpy(address, bytes, bytes.length);
}

/** struct ethtool_drvinfo: cmd, driver[32], version[32], ... */
function fillDriver(address: Address): void {
  write(address + 4, Buffer.from('virtio_net\0garbage'));
  write(address + 36, Buffer.from('1.0.0'));
}

/** struct ethtool_channels: cmd, max_rx, max_tx, max_other, max_combined, rx, tx, other, combined. */
function fillChannels(address: Address): void {
  write(address + 4, Buffer.from(Uint32Array.from([2, 30, 40, 16, 1, 50, 60, 7]).buffer));
}

/** As the kernel does it: the first time it says how many words its masks have, the second time it gives the rest. */
function fillLinkSettings(speedMbps: number, maskWords = 4): (address: Address) => void {
  return (address) => {
    const given = readMemory(address, 48).readInt8(15);
    const settings = Buffer.alloc(48 + (given === maskWords ? 12 * maskWords : 0), 0xee);
    settings.writeUInt32LE(ETHTOOL_GLINKSETTINGS);
    settings.writeUInt32LE(given === maskWords ? speedMbps : 0, 4);
    settings.writeInt8(given === maskWords ? maskWords : -maskWords, 15);
    write(address, settings);
  };
}

it("reads the driver's word for itself", (t) => {
  answer(t, { [ETHTOOL_GDRVINFO]: fillDriver });
  assert.equal(readDriver(ETH0), 'virtio_net');
});

it('reads how many queues receive, by themselves or combined, and how many may', (t) => {
  answer(t, { [ETHTOOL_GCHANNELS]: fillChannels });
  assert.deepEqual(readQueues(ETH0), { current: 8, most: 18 });
});

it('reads driver, speed and queues at once', (t) => {
  const opened = t.mock.method(libc(), 'socket');
  const closed = t.mock.method(libc(), 'close');
  answer(t, {
    [ETHTOOL_GDRVINFO]: fillDriver,
    [ETHTOOL_GCHANNELS]: fillChannels,
    [ETHTOOL_GLINKSETTINGS]: fillLinkSettings(100_000),
  });
  assert.deepEqual(readDeviceInfo({ ...ETH0, mtu: 9000 }), {
    driver: 'virtio_net',
    mtu: 9000,
    speedMbps: 100_000,
    rxQueues: 8,
  });
  assert.deepEqual([opened.mock.callCount(), closed.mock.callCount()], [1, 1]);
});

it('takes as many words of masks as a kernel may have', (t) => {
  answer(t, { [ETHTOOL_GLINKSETTINGS]: fillLinkSettings(25_000, 127) });
  assert.equal(readDeviceInfo({ ...ETH0, mtu: 1500 }).speedMbps, 25_000);
});

for (const speed of [0, 0xffff, 0xffff_ffff]) {
  it(`knows no speed where the driver says ${speed}`, (t) => {
    answer(t, { [ETHTOOL_GLINKSETTINGS]: fillLinkSettings(speed) });
    assert.deepEqual(readDeviceInfo({ ...ETH0, mtu: 1500 }), { driver: '', mtu: 1500 });
  });
}

it('knows the MTU alone of a device that is gone, and closes its socket', (t) => {
  const closed = t.mock.method(libc(), 'close');
  t.mock.method(libc(), 'ioctl', () => ({ value: -1, errno: 19 }));
  assert.deepEqual(readDeviceInfo({ ...ETH0, mtu: 68 }), { driver: '', mtu: 68 });
  assert.equal(closed.mock.callCount(), 1);
});

for (const read of [readDriver, readQueues]) {
  describe(read.name, () => {
    it('has none where the kernel refuses', (t) => {
      t.mock.method(libc(), 'ioctl', () => ({ value: -1, errno: EOPNOTSUPP }));
      assert.equal(read(ETH0), undefined);
    });

    it('does not hide what is no refusal of the kernel', (t) => {
      t.mock.method(libc(), 'ioctl', () => {
        throw new TypeError('injected');
      });
      assert.throws(() => read(ETH0), TypeError);
    });
  });
}
