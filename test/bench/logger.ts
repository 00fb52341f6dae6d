// SPDX-License-Identifier: Apache-2.0
// What logging a packet costs in the kernel: by size of batch, and beside the way that tutorials teach.
import { fileURLToPath } from 'node:url';
import { BATCH_RECORDS, SETTINGS } from '../../src/kernel/abi.ts';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { PerfEventRing } from '../../src/kernel/perf-event-ring.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { udpFrame } from '../kernel/support/logged-cpu.ts';
import { minimum, type Result } from './result.ts';

const ROUNDS = 5;
const RING_BYTES = 4 * 1024 * 1024;
const CPU = 0;

/** Runs in one call: their samples fit the ring, which is emptied between calls. */
const RUNS = 50_000;
const CALLS = 10;
/** An event with a wake-up costs microseconds: fewer calls say as much. */
const TUTORIAL_CALLS = 2;

interface Subject {
  readonly run: TestRun;
  readonly ring: PerfEventRing | undefined;
  readonly calls: number;
}

/** Pins this thread, so that it reads the ring of the CPU that its programs run on. */
export function benchLogger(): Result[] {
  pinThread(CPU);
  const frame = udpFrame(0xc0000201);
  const subjects: Record<string, Subject> = {
    counter: ours('bpf/xdp_exporter.bpf.o', false, frame),
    1: ours('test/bpf/batch_1.bpf.o', true, frame),
    8: ours('test/bpf/batch_8.bpf.o', true, frame),
    [BATCH_RECORDS]: ours('bpf/xdp_exporter.bpf.o', true, frame),
    256: ours('test/bpf/batch_256.bpf.o', true, frame),
    tutorial: tutorial(frame),
  };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, subject] of Object.entries(subjects)) {
      times[name] = [...(times[name] ?? []), measure(subject)];
    }
  }
  const best = (name: string) => minimum(times[name] ?? []);
  const counter = { name: 'counter', value: best('counter') };
  const batch = best(String(BATCH_RECORDS));
  const common = { unit: 'ns/frame', baseline: counter, relative: true };
  return [
    ...[1, 8, 256].map((records) => ({
      name: `counter and logger, batch of ${records}`,
      value: best(String(records)),
      ...common,
    })),
    {
      name: `counter and logger, batch of ${BATCH_RECORDS}`,
      value: batch,
      gate: 16,
      aim: 10,
      ...common,
    },
    {
      name: "the tutorials' way: one event and one wake-up each",
      value: best('tutorial'),
      ...common,
    },
    {
      name: "logger's cost, of the tutorials' way",
      unit: 'ratio',
      value: (batch - counter.value) / (best('tutorial') - counter.value),
      gate: 1 / 300,
    },
  ];
}

function measure({ run, ring, calls }: Subject): number {
  let sum = 0;
  for (let call = 0; call < calls; call++) {
    ring?.ring.drain(() => {});
    run.run(RUNS);
    sum += run.averageNs;
  }
  return sum / calls;
}

function load(path: string, program: string, prepare: (object: BpfObject) => void): BpfObject {
  const object = new BpfObject(fileURLToPath(new URL(`../../${path}`, import.meta.url)));
  prepare(object);
  object.load(program);
  return object;
}

function ours(path: string, logger: boolean, frame: Buffer): Subject {
  const object = load(path, 'xdp_exporter', (opened) => {
    const section = opened.map('.rodata');
    const value = section.initialValue();
    value.writeUInt32LE(logger ? 1 : 0, SETTINGS.offsets.logger);
    section.setInitialValue(value);
    opened.map('xdp_batches').setMaxEntries(Math.max(...readCpuMask('possible')) + 1);
  });
  return {
    run: new TestRun(object.program('xdp_exporter').fd, frame),
    ring: logger ? new PerfEventRing(object.map('xdp_events').fd, CPU, RING_BYTES) : undefined,
    calls: CALLS,
  };
}

function tutorial(frame: Buffer): Subject {
  const object = load('test/bpf/tutorial.bpf.o', 'tutorial', () => {});
  return {
    run: new TestRun(object.program('tutorial').fd, frame),
    ring: new PerfEventRing(object.map('tutorial_events').fd, CPU, RING_BYTES, 1),
    calls: TUTORIAL_CALLS,
  };
}
