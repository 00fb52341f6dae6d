// SPDX-License-Identifier: Apache-2.0
// What the unit tests of src/kernel take from a kernel of their own, asked of the real one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeDevices } from '../../src/engine/device-list.ts';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { parseCpuMask } from '../../src/kernel/cpu-mask.ts';
import { listDevices } from '../../src/kernel/device.ts';
import { readDriver } from '../../src/kernel/ethtool.ts';
import { LinkEvents } from '../../src/kernel/link-events.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { PerCpuMap } from '../../src/kernel/per-cpu-map.ts';
import { readProgramInfo, readProgramInfoById } from '../../src/kernel/program-info.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { hasNativeXdp } from '../../src/kernel/xdp-features.ts';
import { XdpLink } from '../../src/kernel/xdp-link.ts';
import { skipUnlessRoot } from './support/root.ts';

const EXPORTER = fileURLToPath(new URL('../../bpf/xdp_exporter.bpf.o', import.meta.url));
const OWN = '/proc/thread-self/ns/net';
const ABSENT = { name: 'no-such-dev', ifindex: 0x7fff_ffff };

describe('the kernel', { skip: skipUnlessRoot }, () => {
  it('loads an object', () => {
    const object = new BpfObject(EXPORTER);
    try {
      object.load('xdp_exporter');
      assert.ok(object.map('xdp_devices').fd >= 0);
      assert.ok(object.program('xdp_exporter').fd >= 0);
    } finally {
      object.close();
    }
  });

  const refusals: readonly { what: string; call: () => unknown; message: string }[] = [
    {
      what: 'a program that is none, to attach',
      call: () => new XdpLink(-1, 1, 'generic'),
      message: 'attach XDP in mode generic: EBADF',
    },
    {
      what: 'a program that is none, to run',
      call: () => new TestRun(-1, Buffer.alloc(26)).run(1),
      message: 'run BPF program: EBADF',
    },
    {
      what: 'a program that is none, to describe',
      call: () => readProgramInfo(-1),
      message: 'read program info: EBADFD',
    },
    {
      what: 'a program that is not there',
      call: () => readProgramInfoById(0x7fff_ffff),
      message: 'open program 2147483647: ENOENT',
    },
    {
      what: 'a map that is none, to read',
      call: () => new PerCpuMap(-1, 8, 2).read(1),
      message: 'read key 0 of per-CPU map: EBADF',
    },
    {
      what: 'a map that is none, to clear',
      call: () => new PerCpuMap(-1, 8, 2).clear(3),
      message: 'clear key 3 of per-CPU map: EBADF',
    },
    {
      what: 'a CPU that the machine does not have',
      call: () => pinThread(65_535),
      message: 'pin thread to CPU 65535: EINVAL',
    },
  ];
  for (const { what, call, message } of refusals) {
    it(`refuses ${what}`, () => {
      assert.throws(call, { message });
    });
  }

  it('leaves the calling thread one CPU', () => {
    const allowed = () => {
      const status = readFileSync('/proc/thread-self/status', 'utf8');
      return parseCpuMask(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '');
    };
    const last = allowed().at(-1) ?? 0;
    pinThread(last);
    assert.deepEqual(allowed(), [last]);
  });

  it('lets a socket listen to links, routes and next hops', () => {
    assert.doesNotThrow(() => new LinkEvents().close());
  });

  it('lists the loopback device as it is', () => {
    const devices = listDevices();
    const inProc = readFileSync('/proc/thread-self/net/dev', 'utf8').trim().split('\n').slice(2);
    const names = inProc.map((line) => line.split(':')[0]?.trim());
    assert.deepEqual(devices.map(({ name }) => name).toSorted(), names.toSorted());
    const lo = devices.find(({ name }) => name === 'lo');
    const mtu = Number(readFileSync('/sys/class/net/lo/mtu', 'utf8'));
    assert.deepEqual([lo?.ifindex, lo?.linkType, lo?.mtu], [1, 772, mtu]);
  });

  it('gives clean words for drivers, and none for the loopback device or an absent one', () => {
    for (const device of listDevices()) {
      assert.match(readDriver(device) ?? 'none', /^[\w .-]{1,31}$/);
    }
    assert.equal(readDriver({ name: 'lo', ifindex: 1 }), undefined);
    assert.equal(readDriver(ABSENT), undefined);
    assert.notEqual(hasNativeXdp(1), true);
    assert.equal(hasNativeXdp(ABSENT.ifindex), undefined);
  });

  it('describes the devices of its own namespace under whatever path, without a label', () => {
    const described = describeDevices([]);
    assert.deepEqual(
      described.map(({ name, driver }) => [name, driver]),
      listDevices().map((device) => [device.name, readDriver(device) ?? '-']),
    );
    assert.deepEqual(describeDevices([OWN, '/proc/self/ns/net']), described);
  });
});
