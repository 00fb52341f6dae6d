// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { SystemError } from '../../../src/errors.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import {
  DeviceProgram,
  loadProgram,
  type ProgramOptions,
} from '../../../src/kernel/device-program.ts';
import { LENGTH_SOURCES, LINKS, SETTINGS, TRANSPORTS } from '../../../src/kernel/layout.ts';
import { BpfObject, BpfProgram } from '../../../src/kernel/object.ts';
import type { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { objectPath } from './object-path.ts';

const OPTIONS: ProgramOptions = {
  objectPath: objectPath('bpf', 'xdp_exporter'),
  castObjectPath: objectPath('bpf', 'xdp_exporter_cast'),
  programName: 'xdp_exporter',
  slot: 7,
  link: 'ethernet',
  packetSizes: true,
  transport: 'none',
  recordTimes: false,
  multiBuffer: false,
};

/** Maps that share nothing, so that no map is needed. */
const MAPS = { ringRecords: 4096, shareWith: () => {} } as unknown as SharedMaps;

/** What each try to load had set; the first `refusals` of them fail. */
function fakeLoad(t: TestContext, refusals = 0): Buffer[] {
  const tries: Buffer[] = [];
  t.mock.getter(BpfProgram.prototype, 'fd', () => 0);
  t.mock.method(BpfObject.prototype, 'load', function (this: BpfObject) {
    tries.push(this.map('.rodata').initialValue());
    if (tries.length <= refusals) {
      throw new SystemError(`try ${tries.length}`, 'EINVAL');
    }
  });
  return tries;
}

const sourcesOf = (tries: readonly Buffer[]) =>
  tries.map((settings) => settings.readUInt32LE(SETTINGS.offsets.length_source));

describe('loadProgram', () => {
  const settings: readonly {
    what: string;
    options: Partial<ProgramOptions>;
    expected: Partial<Record<keyof typeof SETTINGS.offsets, number>>;
  }[] = [
    {
      what: 'a slot, the ring and the way to learn a length',
      options: { slot: 4095 },
      expected: { slot: 4095, ring_mask: 4095, length_source: LENGTH_SOURCES.linear },
    },
    {
      what: 'nothing but the counters',
      options: { packetSizes: false },
      expected: { packet_sizes: 0, transport: TRANSPORTS.none, record_times: 0 },
    },
    {
      what: 'mapped rings',
      options: { transport: 'mapped' },
      expected: { transport: TRANSPORTS.mapped, packet_sizes: 1, record_times: 0 },
    },
    {
      what: 'perf rings, and the times of packets',
      options: { transport: 'perf', recordTimes: true },
      expected: { transport: TRANSPORTS.perf, record_times: 1 },
    },
    { what: 'Ethernet', options: { link: 'ethernet' }, expected: { link: LINKS.ethernet } },
    { what: 'IP', options: { link: 'ip' }, expected: { link: LINKS.ip } },
  ];
  for (const { what, options, expected } of settings) {
    it(`sets the program up for ${what}`, (t) => {
      const tries = fakeLoad(t);
      loadProgram(MAPS, { ...OPTIONS, ...options }).close();
      for (const [field, value] of Object.entries(expected)) {
        const offset = SETTINGS.offsets[field as keyof typeof SETTINGS.offsets];
        assert.equal(tries[0]?.readUInt32LE(offset), value, field);
      }
    });
  }

  it('leaves the other constants of the section as they were', (t) => {
    const tries = fakeLoad(t);
    const object = new BpfObject(OPTIONS.objectPath);
    const before = object.map('.rodata').initialValue();
    object.close();
    loadProgram(MAPS, OPTIONS).close();
    assert.deepEqual(tries[0]?.subarray(SETTINGS.sizeBytes), before.subarray(SETTINGS.sizeBytes));
  });

  it('takes fragments only where the device may have them', (t) => {
    fakeLoad(t);
    const accept = t.mock.method(BpfProgram.prototype, 'acceptFragments');
    loadProgram(MAPS, OPTIONS).close();
    assert.equal(accept.mock.callCount(), 0);
    loadProgram(MAPS, { ...OPTIONS, multiBuffer: true }).close();
    assert.equal(accept.mock.callCount(), 1);
  });

  it('stays with the first way to learn a length that the kernel can load', (t) => {
    const tries = fakeLoad(t, 1);
    const close = t.mock.method(BpfObject.prototype, 'close');
    const object = loadProgram(MAPS, { ...OPTIONS, multiBuffer: true });
    assert.deepEqual(sourcesOf(tries), [LENGTH_SOURCES.cast, LENGTH_SOURCES.helper]);
    assert.deepEqual(
      close.mock.calls.map((call) => call.this !== object),
      [true],
      'only the object that failed is closed',
    );
    object.close();
  });

  it('does not ask the helper for a length where fragments are only possible', (t) => {
    const tries = fakeLoad(t, 1);
    loadProgram(MAPS, { ...OPTIONS, multiBuffer: 'if-cheap' }).close();
    assert.deepEqual(sourcesOf(tries), [LENGTH_SOURCES.cast, LENGTH_SOURCES.linear]);
  });

  it('comes down to a program without fragments, and then gives its failure', (t) => {
    const tries = fakeLoad(t, 3);
    const close = t.mock.method(BpfObject.prototype, 'close');
    const accept = t.mock.method(BpfProgram.prototype, 'acceptFragments');
    assert.throws(() => loadProgram(MAPS, { ...OPTIONS, multiBuffer: true }), /try 3: EINVAL/);
    assert.deepEqual(sourcesOf(tries), [
      LENGTH_SOURCES.cast,
      LENGTH_SOURCES.helper,
      LENGTH_SOURCES.linear,
    ]);
    assert.equal(accept.mock.callCount(), 2);
    assert.equal(close.mock.callCount(), 3);
  });

  it('shares the maps before it loads', (t) => {
    const shared: BpfObject[] = [];
    const load = t.mock.method(BpfObject.prototype, 'load', () => assert.equal(shared.length, 1));
    const maps = { ...MAPS, shareWith: (object: BpfObject) => shared.push(object) };
    const object = loadProgram(maps as unknown as SharedMaps, OPTIONS);
    assert.deepEqual(shared, [object]);
    assert.equal(load.mock.callCount(), 1);
    object.close();
  });

  it('closes the object where the maps cannot be shared', (t) => {
    const close = t.mock.method(BpfObject.prototype, 'close');
    const maps = {
      shareWith() {
        throw new SystemError('reuse map "xdp_devices"', 'EINVAL');
      },
    };
    assert.throws(() => loadProgram(maps as unknown as SharedMaps, OPTIONS), /reuse map/);
    assert.equal(close.mock.callCount(), 1);
  });
});

describe('DeviceProgram', () => {
  function fakeKernel(t: TestContext, link: number) {
    fakeLoad(t);
    t.mock.method(libbpf(), 'bpf_obj_get_info_by_fd', (_fd: number, info: Buffer) => {
      // As a program: id 42, name "xdp_exporter". As a link: on ifindex 5.
      info.writeUInt32LE(42, 4);
      info.writeUInt32LE(5, 16);
      info.write('xdp_exporter\0', Math.min(64, info.length - 13));
      return { value: 0, errno: 0 };
    });
    t.mock.method(libbpf(), 'bpf_link_create', () => ({ value: link, errno: 0 }));
  }

  it('is on the device in the mode asked for until it is closed, and keeps no descriptor but the link', (t) => {
    fakeKernel(t, 1234);
    const closed: unknown[] = [];
    t.mock.method(libc(), 'close', (fd: number) => closed.push(fd));
    t.mock.method(BpfObject.prototype, 'close', () => closed.push('object'));
    const program = new DeviceProgram(MAPS, OPTIONS, 5, 'generic');
    assert.equal(program.info.mode, 'generic');
    assert.equal(program.info.id, 42);
    assert.equal(program.isAttached(), true);
    assert.deepEqual(closed, ['object']);
    program.close();
    assert.deepEqual(closed, ['object', 1234]);
  });

  it('closes the object where the device refuses', (t) => {
    fakeKernel(t, -16);
    const close = t.mock.method(BpfObject.prototype, 'close');
    assert.throws(() => new DeviceProgram(MAPS, OPTIONS, 5, 'native'), {
      message: 'attach XDP in mode native: EBUSY',
      code: 'EBUSY',
    });
    assert.equal(close.mock.callCount(), 1);
  });

  it('closes the object where the program cannot be read', (t) => {
    fakeLoad(t);
    const close = t.mock.method(BpfObject.prototype, 'close');
    assert.throws(() => new DeviceProgram(MAPS, OPTIONS, 5, 'native'), /read program info/);
    assert.equal(close.mock.callCount(), 1);
  });
});
