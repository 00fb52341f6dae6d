// SPDX-License-Identifier: Apache-2.0
// What observing costs a packet, in instructions: on a machine whose clock counts them, one a nanosecond.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pinThread } from '../../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import type { Transport } from '../../../src/kernel/device-program.ts';
import { currentNetns, Observer } from '../../../src/kernel/observer.ts';
import { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';
import { openMapped } from '../../kernel/packet-table/record-source.ts';
import { OBJECT, PROGRAM } from '../../kernel/support/recording.ts';
import { ForeignPrograms, foreignFrame, OBSERVER_OBJECTS } from '../support/foreign.ts';

const LOOPBACK = 1;
const RUNS = 50_000;
const RING_RECORDS = 1 << 16;

const [cpu = 0] = readCpuMask('online');

describe('the cost of a packet', () => {
  let maps: SharedMaps;
  let foreign: ForeignPrograms;
  before(() => {
    pinThread(cpu);
    const possibleCpus = readCpuMask('possible');
    maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: 2, ringRecords: RING_RECORDS });
    foreign = new ForeignPrograms();
  });
  after(() => {
    foreign?.close();
    maps?.close();
  });

  /** Of one run, with what the kernel does from one to the next. */
  function instructions(name: string): number {
    const frame = foreignFrame({ verdict: 2, length: 100, source: 0xc633_6401 });
    const run = new TestRun(foreign.fd(name), frame);
    run.run(1000);
    run.run(RUNS);
    return run.meanNs;
  }

  function observed(name: string, transport: Transport, packetSizes: boolean): number {
    const options = { ...OBSERVER_OBJECTS, link: 'ethernet', recordTimes: false } as const;
    const observer = new Observer(maps, { ...options, transport, packetSizes }, foreign.fd(name));
    try {
      observer.watch({ ifindex: LOOPBACK, netns: currentNetns() }, 0);
      return instructions(name);
    } finally {
      observer.close();
    }
  }

  // The last number: at most so many on Linux 6.12.
  for (const [name, what, transport, packetSizes, gate] of [
    ['foreign_plain', 'counting', 'none', false, 450],
    ['foreign_plain', 'counting, with sizes', 'none', true, undefined],
    ['foreign_plain', 'counting and logging', 'mapped', false, 870],
    ['foreign_plain', 'counting and logging, with sizes', 'mapped', true, undefined],
    ['foreign_untyped', 'counting, of an untyped program', 'none', false, undefined],
    ['foreign_untyped', 'counting and logging, of an untyped program', 'mapped', false, undefined],
  ] as const) {
    test(`of ${what}`, (t) => {
      const source = openMapped(maps, cpu);
      t.after(() => source.close());
      const bare = instructions(name);
      const all = observed(name, transport, packetSizes);
      const added = Math.round(all - bare);
      t.diagnostic(`${what}: bare ${Math.round(bare)}, +${added}, x${(all / bare).toFixed(2)}`);
      assert.ok(gate === undefined || added <= gate, `+${added} instructions, at most ${gate}`);
    });
  }
});
