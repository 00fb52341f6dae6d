// SPDX-License-Identifier: Apache-2.0
// The parser on the copied heads of an observed program's frames: the same table, the same records.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { currentNetns, Observer } from '../../src/kernel/observer.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { expectedCounters } from '../kernel/packet-table/expected-counters.ts';
import { FrameRunner, MIN_FRAME_BYTES } from '../kernel/packet-table/frame-runner.ts';
import { decodeRecord } from '../kernel/packet-table/logged-packet.ts';
import { openMapped } from '../kernel/packet-table/record-source.ts';
import { PACKET_TABLE } from '../kernel/packet-table/table.ts';
import { readDeviceCounters } from '../kernel/support/device-counters.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { OBJECT, PROGRAM } from '../kernel/support/recording.ts';
import { OBSERVER_OBJECTS } from './support/foreign.ts';

const FOREIGN = fileURLToPath(new URL('../bpf/empty.bpf.o', import.meta.url));
const XDP_PASS = 2;
const LOOPBACK = 1;
const SLOT = 5;

describe('the packet parser of an observer', {
  skip: skipBefore('5.17', 'for a tracing program to ask for a verdict'),
}, () => {
  const [cpu = 0] = readCpuMask('online');

  for (const link of ['ethernet', 'ip'] as const) {
    test(`reads every packet of the table as the attached program does: link ${link}`, (t) => {
      pinThread(cpu);
      const possibleCpus = readCpuMask('possible');
      const maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: 6, ringRecords: 64 });
      const foreign = new BpfObject(FOREIGN);
      foreign.load('empty');
      const { fd } = foreign.program('empty');
      const source = openMapped(maps, cpu);
      const switches = { packetSizes: true, transport: 'mapped', recordTimes: false } as const;
      const observer = new Observer(maps, { ...OBSERVER_OBJECTS, ...switches, link }, fd);
      t.after(() => {
        observer.close();
        source.close();
        foreign.close();
        maps.close();
      });
      observer.watch({ ifindex: LOOPBACK, netns: currentNetns() }, SLOT);
      const runner = new FrameRunner(fd);
      // The kernel runs a program on no shorter frame.
      const cases = PACKET_TABLE.filter(
        (packet) => packet.link === link && packet.frame.length >= MIN_FRAME_BYTES,
      );
      assert.ok(cases.length > 20);
      const added = { action: XDP_PASS, weight: 1, slot: SLOT, rxQueue: 0 };
      for (const { name, frame, expected } of cases) {
        assert.equal(runner.run(frame), XDP_PASS);
        assert.deepEqual(source.take().map(decodeRecord), [{ ...expected, ...added }], name);
      }
      assert.deepEqual(
        readDeviceCounters(maps.devices, SLOT),
        expectedCounters(cases.map(({ expected }) => expected)),
      );
    });
  }
});
