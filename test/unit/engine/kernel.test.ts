// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { describe, it, type TestContext } from 'node:test';
import { describeDevices, type Kernel, openKernel } from '../../../src/engine/kernel.ts';
import { SystemError } from '../../../src/errors.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { ACTION_COUNT } from '../../../src/kernel/abi.ts';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import { listDevices, readDriver } from '../../../src/kernel/device.ts';
import { BpfMap, BpfObject } from '../../../src/kernel/object.ts';
import { optionsOf } from './fake-kernel.ts';

const DONE = { value: 0, errno: 0 };

/** The kernel as it is, but for the maps, which take privilege. */
function open(t: TestContext): Kernel {
  const load = t.mock.method(BpfObject.prototype, 'load', () => {});
  const kernel = openKernel(optionsOf({}, { packetSizes: false }));
  load.mock.restore();
  t.after(() => kernel.close());
  return kernel;
}

function occupy(t: TestContext, offset: number, id: number): void {
  t.mock.method(libbpf(), 'bpf_xdp_query', (_ifindex: number, _flags: number, options: Buffer) => {
    options.writeUInt32LE(id, offset);
    return DONE;
  });
}

describe('openKernel', () => {
  it('knows the CPUs of this machine', (t) => {
    const kernel = open(t);
    assert.deepEqual(kernel.possibleCpus, readCpuMask('possible'));
    assert.deepEqual(kernel.onlineCpus(), readCpuMask('online'));
  });

  it('knows the devices of the namespace, and what is known of each', (t) => {
    const kernel = open(t);
    assert.deepEqual(kernel.devices(), listDevices());
    assert.equal(kernel.driver({ name: 'lo', ifindex: 1 }), undefined);
    assert.notEqual(kernel.hasNativeXdp(1), true);
    const route = kernel.defaultRouteDevice();
    assert.ok(route === undefined || listDevices().some(({ name }) => name === route));
  });

  it('finds the device of the default route by the bytes of its name', (t) => {
    const kernel = open(t);
    const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask';
    const route = `${header}\net\xffh\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\n`;
    t.mock.method(fs, 'readFileSync', () => route);
    syncBuiltinESMExports();
    const ioctl = t.mock.method(libc(), 'ioctl', (_fd: number, command: number, ask: Buffer) => {
      assert.equal(command, 0x8933);
      assert.equal(ask.toString('latin1', 0, 5), 'et\xffh\0');
      ask.writeInt32LE(12, 16);
      return DONE;
    });
    assert.equal(kernel.defaultRouteDevice(), 'et\ufffdh#12');
    ioctl.mock.mockImplementation(() => ({ value: -1, errno: 19 }));
    assert.equal(kernel.defaultRouteDevice(), undefined);
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });

  it('clears every counter of a slot, and none of another', (t) => {
    const kernel = open(t);
    const cleared: number[] = [];
    t.mock.method(libbpf(), 'bpf_map_update_elem', (_fd: number, key: Buffer) => {
      cleared.push(key.readUInt32LE());
      return DONE;
    });
    kernel.clearSlot(3);
    const actions = Array.from({ length: ACTION_COUNT }, (_, action) => 3 * ACTION_COUNT + action);
    assert.deepEqual(cleared.slice(0, ACTION_COUNT), actions);
    assert.ok(cleared.length > ACTION_COUNT);
    assert.ok(cleared.slice(ACTION_COUNT).every((key) => key === 3));
  });

  const slots = [
    { mode: 'native', offset: 12 },
    { mode: 'offload', offset: 16 },
    { mode: 'generic', offset: 20 },
  ] as const;
  for (const { mode, offset } of slots) {
    it(`finds a program in ${mode} mode, also where it may not look at it`, (t) => {
      const kernel = open(t);
      occupy(t, offset, 4711);
      t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', () => ({ value: -1, errno: 1 }));
      assert.deepEqual(kernel.occupant(5), { name: '?', id: 4711, mode });
    });
  }

  it('finds no program on a free device', (t) => {
    const kernel = open(t);
    occupy(t, 12, 0);
    assert.equal(kernel.occupant(5), undefined);
  });

  for (const { mtu, tries } of [
    { mtu: 1500, tries: 1 },
    { mtu: 1501, tries: 3 },
  ]) {
    it(`takes frames of several buffers at an MTU of ${mtu}: ${tries > 1}`, (t) => {
      const kernel = open(t);
      t.mock.method(libc(), 'ioctl', (_fd: number, _command: number, request: Buffer) => {
        request.writeInt32LE(mtu, 16);
        return DONE;
      });
      t.mock.method(BpfMap.prototype, 'reuse', () => {});
      const load = t.mock.method(BpfObject.prototype, 'load', () => {
        throw new SystemError('load', 'EINVAL');
      });
      assert.throws(() => kernel.attach({ name: 'eth0', ifindex: 5 }, 0, 'native'), {
        code: 'EINVAL',
      });
      assert.equal(load.mock.callCount(), tries);
    });
  }

  it('says ENODEV for a device that has gone', (t) => {
    const kernel = open(t);
    const gone = { name: 'no-such-dev', ifindex: 0x7fff_ffff };
    assert.throws(() => kernel.attach(gone, 0, 'native'), { code: 'ENODEV' });
  });

  it('has maps that start at zero where it may, and says EPERM where it may not', () => {
    let kernel: Kernel;
    try {
      kernel = openKernel(optionsOf({}));
    } catch (error) {
      assert.match((error as Error).message, /^load program "xdp_exporter": EPERM; /);
      assert.notEqual(process.getuid?.(), 0);
      return;
    }
    kernel.clearSlot(255);
    assert.ok(kernel.traffic.read(256 * ACTION_COUNT).words.every((word) => word === 0n));
    assert.ok(kernel.packetSizes.read(256).words.every((word) => word === 0n));
    kernel.close();
  });
});

describe('describeDevices', () => {
  it('shows every device with its driver', () => {
    const described = describeDevices().map(({ name, driver }) => [name, driver]);
    assert.deepEqual(
      described,
      listDevices().map((device) => [device.name, readDriver(device) ?? '-']),
    );
  });

  it('shows who is on a device', (t) => {
    occupy(t, 20, 4711);
    t.mock.method(libbpf(), 'bpf_prog_get_fd_by_id', () => ({ value: -1, errno: 1 }));
    assert.equal(describeDevices()[0]?.occupant, '? (id 4711)');
  });

  it('leaves out what it does not know', (t) => {
    occupy(t, 12, 0);
    t.mock.method(libc(), 'recv', () => ({ value: -1, errno: 11 }));
    assert.deepEqual(
      describeDevices().find(({ name }) => name === 'lo'),
      { name: 'lo', driver: '-' },
    );
  });
});
