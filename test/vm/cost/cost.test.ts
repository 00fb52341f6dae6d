// SPDX-License-Identifier: Apache-2.0
// What observing costs a packet, in instructions: on a machine whose clock counts them, one a nanosecond.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pinThread } from '../../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import { currentNetns, Observer, type ObserverOptions } from '../../../src/kernel/observer.ts';
import { RunStats } from '../../../src/kernel/run-stats.ts';
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

  type Switches = Pick<ObserverOptions, 'transport' | 'packetSizes' | 'endAlone'>;

  function observed(name: string, switches: Switches): number {
    const options = { ...OBSERVER_OBJECTS, link: 'ethernet', recordTimes: false } as const;
    const observer = new Observer(maps, { ...options, ...switches }, foreign.fd(name));
    try {
      observer.watch({ ifindex: LOOPBACK, netns: currentNetns() }, 0);
      return instructions(name);
    } finally {
      observer.close();
    }
  }

  const END: Switches = { transport: 'none', packetSizes: false, endAlone: true };
  const BOTH: Switches = { ...END, endAlone: false };
  const LOGGING: Switches = { ...BOTH, transport: 'mapped' };
  // The last number: at most so many on Linux 6.12.
  for (const [name, what, switches, gate] of [
    ['foreign_plain', 'counting by fexit alone', END, 350],
    ['foreign_plain', 'counting by fexit alone, with sizes', { ...END, packetSizes: true }, 380],
    ['foreign_plain', 'counting', BOTH, 450],
    ['foreign_plain', 'counting, with sizes', { ...BOTH, packetSizes: true }, 480],
    ['foreign_plain', 'counting and logging', LOGGING, 700],
    ['foreign_plain', 'counting and logging, with sizes', { ...LOGGING, packetSizes: true }, 730],
    ['foreign_untyped', 'counting by fexit alone, of an untyped program', END, 360],
    ['foreign_untyped', 'counting, of an untyped program', BOTH, 460],
    ['foreign_untyped', 'counting and logging, of an untyped program', LOGGING, 710],
  ] as const) {
    test(`of ${what}`, (t) => {
      const source = openMapped(maps, cpu);
      t.after(() => source.close());
      const bare = instructions(name);
      const all = observed(name, switches);
      const added = Math.round(all - bare);
      t.diagnostic(`${what}: bare ${Math.round(bare)}, +${added}, x${(all / bare).toFixed(2)}`);
      assert.ok(added <= gate, `+${added} instructions, at most ${gate}`);
    });
  }

  test('of measuring (--program-cost) a program by itself', (t) => {
    const bare = instructions('foreign_plain');
    const stats = new RunStats();
    t.after(() => stats.close());
    const added = Math.round(instructions('foreign_plain') - bare);
    t.diagnostic(`measuring a program: bare ${Math.round(bare)}, +${added}`);
    assert.ok(added > 0 && added <= 150, `+${added} instructions, at most 150`);
  });
});
