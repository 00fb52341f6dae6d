// SPDX-License-Identifier: Apache-2.0
// What a frame costs in the kernel: BPF_PROG_TEST_RUN of our program and of an empty one, in turn.
import { fileURLToPath } from 'node:url';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { loadProgram } from '../../src/kernel/device-program.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { minimum, type Result } from './result.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/xdp_exporter.bpf.o', import.meta.url));
const CAST_OBJECT = fileURLToPath(new URL('../../bpf/xdp_exporter_cast.bpf.o', import.meta.url));
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
  const ours = {
    objectPath: OBJECT,
    castObjectPath: CAST_OBJECT,
    programName: PROGRAM,
    slot: 0,
    logger: 'off',
  } as const;
  const single = { ...ours, multiBuffer: false };
  const loaders = {
    empty: loadEmpty,
    counter: () => loadProgram(maps, { ...single, packetSizes: false }),
    histogram: () => loadProgram(maps, { ...single, packetSizes: true }),
    multi: () => loadProgram(maps, { ...ours, multiBuffer: true, packetSizes: false }),
  };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [key, load] of Object.entries(loaders)) {
      // Loaded anew: the kernel puts a program at a random offset, and its alignment is worth 1 to 2 ns.
      const object = load();
      const { fd } = object.program(key === 'empty' ? 'empty' : PROGRAM);
      times[key] = [...(times[key] ?? []), nanosecondsPerRun(fd)];
      object.close();
    }
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

function loadEmpty(): BpfObject {
  const object = new BpfObject(EMPTY);
  object.load('empty');
  return object;
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
