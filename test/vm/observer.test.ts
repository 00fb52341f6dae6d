// SPDX-License-Identifier: Apache-2.0
// Observer on programs of every shape, fed frames by BPF_PROG_TEST_RUN: verdicts, lengths and records, exactly.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NoBtfError } from '../../src/errors.ts';
import { libbpf } from '../../src/ffi/libbpf.ts';
import { libc } from '../../src/ffi/libc.ts';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import type { Transport } from '../../src/kernel/device-program.ts';
import { DEVICE } from '../../src/kernel/layout.ts';
import { currentNetns, Observer } from '../../src/kernel/observer.ts';
import { readNamedProgram } from '../../src/kernel/program-info.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { decodeRecord } from '../kernel/packet-table/logged-packet.ts';
import { openMapped, openPerf } from '../kernel/packet-table/record-source.ts';
import { readDeviceCounters } from '../kernel/support/device-counters.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { OBJECT, PROGRAM } from '../kernel/support/recording.ts';
import { described, describeRecords } from './support/described-records.ts';
import {
  actionOf,
  ForeignPrograms,
  FRAGS_OBJECT,
  foreignFrame,
  loadWithoutBtf,
  OBSERVER_OBJECTS,
  VERDICTS,
} from './support/foreign.ts';
import { descriptors } from './support/resources.ts';

/** Frames of BPF_PROG_TEST_RUN come from the loopback device of the caller's namespace. */
const LOOPBACK = 1;
const FRAMES = 10_000;
const EPERM = 1;
const RING_RECORDS = 1 << 17;

const skip = skipBefore('5.17', 'for a tracing program to ask for a verdict');

const [cpu = 0] = readCpuMask('online');

describe('Observer', { skip }, () => {
  let maps: SharedMaps;
  let foreign: ForeignPrograms;

  before(() => {
    pinThread(cpu);
    const possibleCpus = readCpuMask('possible');
    maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: 64, ringRecords: RING_RECORDS });
    foreign = new ForeignPrograms();
    foreign.setTail('foreign_plain');
  });
  after(() => {
    foreign?.close();
    maps?.close();
  });

  let nextSlot = 0;

  function observe(programFd: number, transport: Transport = 'mapped') {
    const observer = new Observer(
      maps,
      { ...OBSERVER_OBJECTS, link: 'ethernet', packetSizes: true, transport, recordTimes: false },
      programFd,
    );
    const slot = nextSlot++;
    const device = { ifindex: LOOPBACK, netns: currentNetns() };
    observer.watch(device, slot);
    return { observer, slot, device };
  }

  function trafficOf(
    frames: readonly { action: number; length: number }[],
    times: number,
  ): number[] {
    const traffic = new Array<number>(2 * DEVICE.lengths.traffic).fill(0);
    for (const { action, length } of frames) {
      traffic[2 * action] = (traffic[2 * action] ?? 0) + times;
      traffic[2 * action + 1] = (traffic[2 * action + 1] ?? 0) + times * length;
    }
    return traffic;
  }

  /** A length and a source of its own for each verdict, some of them in one slot of the histogram. */
  const frames = VERDICTS.map((verdict, index) => ({
    verdict,
    action: actionOf(verdict),
    length: 60 + 7 * index,
    source: 0xc633_6401 + index,
  }));

  for (const [name, times] of [
    ['foreign_plain', FRAMES],
    ['foreign_untyped', FRAMES],
    ['foreign_with_a_rather_long_name', 1000],
    ['foreign_in_parts', 1000],
    ['foreign_tail_call', 1000],
    ['foreign_own_struct', 1000],
    ['foreign_long', 1000],
    ['foreign_enum', 1000],
  ] as const) {
    test(`sees every verdict of ${name}, with lengths and sources as they came`, (t) => {
      const programFd = foreign.fd(name);
      const source = openMapped(maps, cpu);
      t.after(() => source.close());
      const { observer, slot } = observe(programFd);
      t.after(() => observer.close());
      assert.equal(readNamedProgram(programFd).name, name);
      const sizes = new Array<number>(DEVICE.lengths.sizes).fill(0);
      for (const frame of frames) {
        const { verdict } = frame;
        assert.equal(new TestRun(programFd, foreignFrame(frame)).run(times), verdict);
        const index = Math.ceil(Math.log2(frame.length));
        sizes[index] = (sizes[index] ?? 0) + times;
        assert.deepEqual(describeRecords(source.take()), [{ ...described(frame, slot), times }]);
      }
      const counters = readDeviceCounters(maps.devices, slot);
      assert.deepEqual(counters.traffic, trafficOf(frames, times));
      assert.deepEqual(counters.sizes, sizes);
      assert.deepEqual(
        [counters.no_entry, counters.no_ring, counters.ring_full, observer.missed()],
        [[0], [0], [0], 0],
      );
    });
  }

  test('sees lengths and sources as they came where the program changes them', (t) => {
    const programFd = foreign.fd('foreign_rewriting');
    const source = openMapped(maps, cpu);
    t.after(() => source.close());
    const { observer, slot } = observe(programFd);
    t.after(() => observer.close());
    for (const frame of frames) {
      // In one run of many, each would be given what the one before has left.
      for (let times = 0; times < 50; times++) {
        assert.equal(new TestRun(programFd, foreignFrame(frame)).run(1), frame.verdict);
      }
      assert.deepEqual(describeRecords(source.take()), [{ ...described(frame, slot), times: 50 }]);
    }
    const bytes = readDeviceCounters(maps.devices, slot).traffic.filter(
      (_, word) => word % 2 === 1,
    );
    assert.deepEqual(
      bytes,
      frames.map(({ length }) => 50 * length),
    );
  });

  test('counts without a logger', (t) => {
    const programFd = foreign.fd('foreign_plain');
    const { observer, slot } = observe(programFd, 'none');
    t.after(() => observer.close());
    for (const frame of frames) {
      new TestRun(programFd, foreignFrame(frame)).run(FRAMES);
    }
    assert.deepEqual(readDeviceCounters(maps.devices, slot).traffic, trafficOf(frames, FRAMES));
  });

  for (const [name, transport] of [
    ['foreign_plain', 'mapped'],
    ['foreign_untyped', 'mapped'],
    ['foreign_own_struct', 'none'],
  ] as const) {
    test(`needs no BTF of ${name}: transport ${transport}`, (t) => {
      // As the kernel does without CAP_SYS_ADMIN.
      t.mock.method(libbpf(), 'btf__load_from_kernel_by_id', () => ({ value: 0, errno: EPERM }));
      const programFd = foreign.fd(name);
      const source = openMapped(maps, cpu);
      t.after(() => source.close());
      const opened = descriptors();
      const { observer, slot } = observe(programFd, transport);
      for (const frame of frames) {
        new TestRun(programFd, foreignFrame(frame)).run(100);
      }
      assert.deepEqual(readDeviceCounters(maps.devices, slot).traffic, trafficOf(frames, 100));
      const recorded = transport === 'none' ? [] : frames;
      const records = recorded.map((frame) => ({ ...described(frame, slot), times: 100 }));
      assert.deepEqual(describeRecords(source.take()), records);
      observer.close();
      assert.equal(descriptors(), opened);
    });
  }

  test('sends records by perf rings', (t) => {
    const programFd = foreign.fd('foreign_plain');
    const source = openPerf(maps, cpu);
    t.after(() => source.close());
    const { observer, slot } = observe(programFd, 'perf');
    t.after(() => observer.close());
    for (const frame of frames) {
      new TestRun(programFd, foreignFrame(frame)).run(100);
    }
    assert.deepEqual(
      source
        .take()
        .map(decodeRecord)
        .map(({ action, length, slot }) => ({ action, length, slot })),
      frames.flatMap(({ action, length }) => new Array(100).fill({ action, length, slot })),
    );
  });

  for (const name of ['foreign_frags', 'foreign_frags_untyped']) {
    test(`counts all bytes of frames of many buffers: ${name}`, {
      skip: skipBefore('5.18', 'for frames of many buffers'),
    }, (t) => {
      const programs = new ForeignPrograms(FRAGS_OBJECT);
      t.after(() => programs.close());
      const programFd = programs.fd(name);
      const source = openMapped(maps, cpu);
      t.after(() => source.close());
      const { observer, slot } = observe(programFd);
      t.after(() => observer.close());
      for (const length of [60, 9000]) {
        const frame = foreignFrame({ verdict: 1, length, source: 0xc633_6401 });
        assert.equal(new TestRun(programFd, frame).run(100), 1);
      }
      const { traffic } = readDeviceCounters(maps.devices, slot);
      assert.deepEqual(traffic.slice(2, 4), [200, 100 * 60 + 100 * 9000]);
      const records = source.take().map(decodeRecord);
      assert.deepEqual(
        [...new Set(records.map(({ length, malformed }) => `${length} ${malformed}`))],
        ['60 none', '9000 none'],
      );
    });
  }

  test('counts nothing of a device that is not wanted, nor of one that is not wanted any more', (t) => {
    const programFd = foreign.fd('foreign_plain');
    const { observer, slot, device } = observe(programFd);
    t.after(() => observer.close());
    const run = () => new TestRun(programFd, foreignFrame(frames[0] as never)).run(10);
    const packets = () => readDeviceCounters(maps.devices, slot).traffic[0];
    run();
    observer.unwatch(device);
    run();
    assert.equal(packets(), 10);
    observer.watch({ ...device, ifindex: LOOPBACK + 1 }, slot);
    observer.watch({ ...device, netns: device.netns + 1 }, slot);
    run();
    assert.equal(packets(), 10);
  });

  test('says that a program has no BTF', () => {
    const fd = loadWithoutBtf();
    assert.throws(() => observe(fd), NoBtfError);
    libc().close(fd);
  });
});
