// SPDX-License-Identifier: Apache-2.0
// What a frame costs in the kernel: BPF_PROG_TEST_RUN of our program and of an empty one, in turn.
import { fileURLToPath } from 'node:url';
import { pinThread } from '../../src/bpf/cpu-affinity.ts';
import { readCpuMask } from '../../src/bpf/cpu-mask.ts';
import { loadProgram } from '../../src/bpf/device-program.ts';
import { BpfObject } from '../../src/bpf/object.ts';
import { SharedMaps } from '../../src/bpf/shared-maps.ts';
import { TestRun } from '../../src/bpf/test-run.ts';
import { minimum, type Result } from './result.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/xdp_exporter.bpf.o', import.meta.url));
const EMPTY = fileURLToPath(new URL('../bpf/empty.bpf.o', import.meta.url));
const PROGRAM = 'xdp_exporter';
const ROUNDS = 9;
const CALLS = 5;
const RUNS = 1_000_000;

/** An Ethernet frame of the smallest size. */
const FRAME = Buffer.alloc(60, 2);

export function benchKernel(): Result[] {
  pinThread(0);
  const maps = new SharedMaps(OBJECT, PROGRAM, readCpuMask('possible'));
  const ours = { objectPath: OBJECT, programName: PROGRAM, slot: 0, logger: 'off' } as const;
  const empty = new BpfObject(EMPTY);
  empty.load('empty');
  const single = { ...ours, multiBuffer: false };
  const programs = {
    empty: { object: empty, name: 'empty' },
    counter: { object: loadProgram(maps, { ...single, packetSizes: false }), name: PROGRAM },
    histogram: { object: loadProgram(maps, { ...single, packetSizes: true }), name: PROGRAM },
    multi: {
      object: loadProgram(maps, { ...ours, multiBuffer: true, packetSizes: false }),
      name: PROGRAM,
    },
  };
  const times = { empty: [], counter: [], histogram: [], multi: [] } as Record<string, number[]>;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [key, { object, name }] of Object.entries(programs)) {
      times[key]?.push(nanosecondsPerRun(object.program(name).fd));
    }
  }
  for (const { object } of Object.values(programs)) {
    object.close();
  }
  maps.close();
  const best = (key: string) => minimum(times[key] ?? []);
  const baseline = { name: 'empty', value: best('empty') };
  const common = { unit: 'ns/frame', baseline, relative: true };
  return [
    { name: 'counter', value: best('counter'), gate: 3, aim: 1.5, ...common },
    { name: 'counter and packet sizes', value: best('histogram'), gate: 6, ...common },
    { name: 'counter, multi-buffer program', value: best('multi'), ...common },
  ];
}

/** By the kernel's own clock, which leaves out what a call costs; whole ns, so several calls say more than one. */
function nanosecondsPerRun(programFd: number): number {
  const run = new TestRun(programFd, FRAME);
  let sum = 0;
  for (let call = 0; call < CALLS; call++) {
    run.run(RUNS);
    sum += run.averageNs;
  }
  return sum / CALLS;
}
