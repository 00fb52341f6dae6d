// SPDX-License-Identifier: Apache-2.0
// The observer that is at the end of a program alone: the same verdicts, bytes and sizes as with an entry.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { libbpf } from '../../src/ffi/libbpf.ts';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { currentNetns, Observer } from '../../src/kernel/observer.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { readDeviceCounters } from '../kernel/support/device-counters.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { OBJECT, PROGRAM } from '../kernel/support/recording.ts';
import {
  actionOf,
  ForeignPrograms,
  FRAGS_OBJECT,
  foreignFrame,
  OBSERVER_OBJECTS,
  PLAIN_OBJECT,
  VERDICTS,
} from './support/foreign.ts';

/** Frames of BPF_PROG_TEST_RUN come from the loopback device of the caller's namespace. */
const LOOPBACK = 1;
const RUNS = 1000;
const EPERM = 1;

const skip = skipBefore('5.17', 'for a tracing program to ask for a verdict');
const skipFrags = skipBefore('5.18', 'for frames of many buffers');

describe('an observer at the end alone', { skip }, () => {
  for (const [name, objectPath, lengths, isHidden] of [
    ['foreign_plain', PLAIN_OBJECT, [60, 1000], false],
    ['foreign_plain', PLAIN_OBJECT, [60, 1000], true],
    ['foreign_untyped', PLAIN_OBJECT, [60, 1000], false],
    ['foreign_frags', FRAGS_OBJECT, [60, 9000], false],
    ['foreign_frags_untyped', FRAGS_OBJECT, [60, 9000], false],
  ] as const) {
    const skipThis = objectPath === FRAGS_OBJECT && skipFrags;
    test(`counts ${name}${isHidden ? ', whose BTF is hidden' : ''}`, { skip: skipThis }, (t) => {
      pinThread(readCpuMask('online')[0] ?? 0);
      if (isHidden) {
        // As the kernel does without CAP_SYS_ADMIN.
        t.mock.method(libbpf(), 'btf__load_from_kernel_by_id', () => ({ value: 0, errno: EPERM }));
      }
      const possibleCpus = readCpuMask('possible');
      const maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: 1, ringRecords: 64 });
      const foreign = new ForeignPrograms(objectPath);
      const switches = { packetSizes: true, transport: 'none', recordTimes: false } as const;
      const options = { ...OBSERVER_OBJECTS, ...switches, link: 'ethernet' } as const;
      const observer = new Observer(maps, { ...options, endAlone: true }, foreign.fd(name));
      t.after(() => {
        observer.close();
        foreign.close();
        maps.close();
      });
      observer.watch({ ifindex: LOOPBACK, netns: currentNetns() }, 0);
      for (const verdict of VERDICTS) {
        for (const length of lengths) {
          new TestRun(foreign.fd(name), foreignFrame({ verdict, length, source: 1 })).run(RUNS);
        }
      }
      const { traffic, sizes, no_entry } = readDeviceCounters(maps.devices, 0);
      const bytes = lengths.reduce((sum, length) => sum + RUNS * length, 0);
      const expected = VERDICTS.toSorted((one, other) => actionOf(one) - actionOf(other));
      assert.deepEqual(
        traffic,
        expected.flatMap(() => [RUNS * lengths.length, bytes]),
      );
      const counted = [...(sizes ?? [])].filter((count) => count > 0);
      assert.deepEqual(counted, [RUNS * VERDICTS.length, RUNS * VERDICTS.length]);
      assert.deepEqual([no_entry, observer.missed()], [[0], 0]);
    });
  }
});
