// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libc } from '../../../src/ffi/libc.ts';
import { type Address, bindLibrary } from '../../../src/ffi/library.ts';
import { readMemory } from '../../../src/ffi/memory.ts';
import { readDriver, readQueues } from '../../../src/kernel/ethtool.ts';

const SIOCGIFNAME = 0x8910;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;
const ETHTOOL_GCHANNELS = 0x3c;

const ETH0 = { name: 'eth0', ifindex: 2 };

const { memcpy } = bindLibrary('test-libc', 'libc.so.6', {
  memcpy: { params: ['i64', 'buffer', 'i64'], returns: 'i64' },
});

/** A driver that fills the structure of one command. */
function answer(t: TestContext, command: number, fill: (address: Address) => void): void {
  t.mock.method(libc(), 'ioctl', (_fd: number, request: number, ifreq: Buffer) => {
    if (request === SIOCGIFNAME) {
      ifreq.write('eth0\0');
      return { value: 0, errno: 0 };
    }
    assert.equal(request, SIOCETHTOOL);
    assert.equal(ifreq.toString('latin1', 0, 5), 'eth0\0');
    const address = Number(ifreq.readBigUInt64LE(16));
    assert.equal(readMemory(address, 4).readUInt32LE(), command);
    fill(address);
    return { value: 0, errno: 0 };
  });
}

function write(address: Address, bytes: Buffer): void {
  memcpy(address, bytes, bytes.length);
}

it("reads the driver's word for itself", (t) => {
  answer(t, ETHTOOL_GDRVINFO, (address) => {
    // struct ethtool_drvinfo: cmd, driver[32], version[32], ...
    write(address + 4, Buffer.from('virtio_net\0garbage'));
    write(address + 36, Buffer.from('1.0.0'));
  });
  assert.equal(readDriver(ETH0), 'virtio_net');
});

it('reads how many queues receive, by themselves or combined, and how many may', (t) => {
  answer(t, ETHTOOL_GCHANNELS, (address) => {
    // struct ethtool_channels: cmd, max_rx, max_tx, max_other, max_combined, rx, tx, other, combined.
    write(address + 4, Buffer.from(Uint32Array.from([2, 30, 40, 16, 1, 50, 60, 7]).buffer));
  });
  assert.deepEqual(readQueues(ETH0), { current: 8, most: 18 });
});

for (const read of [readDriver, readQueues]) {
  describe(read.name, () => {
    it('has none where the kernel refuses', (t) => {
      t.mock.method(libc(), 'ioctl', () => ({ value: -1, errno: 95 }));
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
