// SPDX-License-Identifier: Apache-2.0
// What a frame costs in the kernel: our program in all its forms, an empty one and the tutorials' way, in turn.
import { fileURLToPath } from 'node:url';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { loadProgram, type ProgramOptions } from '../../src/kernel/device-program.ts';
import { RING } from '../../src/kernel/layout.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { PerfEventRing } from '../../src/kernel/perf-event-ring.ts';
import { enterRings, RingMap } from '../../src/kernel/ring-map.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { PerfRing } from '../../src/recorder/perf-ring.ts';
import { plainFrame, taggedFrame, tcpFrame } from './frames.ts';
import { minimum, quantile, type Result } from './result.ts';
import { Stopwatch } from './stopwatch.ts';

const OURS = {
  objectPath: fileURLToPath(new URL('../../bpf/xdp_exporter.bpf.o', import.meta.url)),
  castObjectPath: fileURLToPath(new URL('../../bpf/xdp_exporter_cast.bpf.o', import.meta.url)),
  programName: 'xdp_exporter',
  slot: 0,
  link: 'ethernet',
  transport: 'none',
  packetSizes: false,
  recordTimes: false,
  multiBuffer: false,
} as const;
const EMPTY = fileURLToPath(new URL('../bpf/empty.bpf.o', import.meta.url));
const TUTORIAL = fileURLToPath(new URL('../bpf/tutorial.bpf.o', import.meta.url));

const CPU = 0;
/** So many that each program lies well at least once: see `measure`. */
const ROUNDS = 24;
/** The records of one call fit either ring, which is emptied between calls. */
const CALLS = 8;
const LAPS = 14;
const RING_RECORDS = 65_536;
const PERF_RING_BYTES = 4 * 1024 * 1024;
const SAMPLE_INTERVAL = 64;

/** A program that is loaded, with its ring. */
interface Loaded {
  readonly programFd: number;
  readonly fragments?: boolean;
  /** Absent: a plain one. */
  readonly frame?: Buffer;
  /** Makes room in the ring. */
  readonly drain?: () => void;
  readonly close: () => void;
}

const EXCHANGE_OBJECT = OURS.objectPath.replace('.bpf.o', '_exchange.bpf.o');
const RECORDED = { transport: 'mapped' } as const;
const EVERYTHING = { ...RECORDED, packetSizes: true } as const;
const SUBJECTS = {
  empty: loadEmpty,
  counter: () => loadOurs({}),
  sizes: () => loadOurs({ packetSizes: true }),
  logger: () => loadOurs(RECORDED),
  everything: () => loadOurs(EVERYTHING),
  times: () => loadOurs({ ...EVERYTHING, recordTimes: true }),
  exchange: () => loadOurs({ ...EVERYTHING, objectPath: EXCHANGE_OBJECT }),
  tagged: () => ({ ...loadOurs(EVERYTHING), frame: taggedFrame() }),
  tcp: () => ({ ...loadOurs(EVERYTHING), frame: tcpFrame() }),
  sampled: () => loadOurs(EVERYTHING, SAMPLE_INTERVAL),
  sampledTcp: () => ({ ...loadOurs(EVERYTHING, SAMPLE_INTERVAL), frame: tcpFrame() }),
  perfLogger: () => loadOurs({ transport: 'perf' }),
  perfEverything: () => loadOurs({ transport: 'perf', packetSizes: true }),
  multiCounter: () => loadOurs({ multiBuffer: true }),
  multiEverything: () => loadOurs({ ...EVERYTHING, multiBuffer: true }),
  tutorial: loadTutorial,
};
type Subject = keyof typeof SUBJECTS;

/** Pins this thread, so that it reads the ring of the CPU that its programs run on. */
export function benchKernel(): Result[] {
  pinThread(CPU);
  const times = new Map<Subject, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const subject of Object.keys(SUBJECTS) as Subject[]) {
      times.set(subject, [...(times.get(subject) ?? []), measure(subject)]);
    }
  }
  return results((subject) => minimum(times.get(subject) ?? []));
}

/**
 * In ns. Loaded anew each time: the kernel puts a program at a random offset, and its alignment is worth 1 to 2 ns.
 * The lowest tenth of the laps leaves out those that something else interrupted, and a stroke of luck.
 */
function measure(subject: Subject): number {
  const loaded = SUBJECTS[subject]();
  try {
    const { programFd, frame = plainFrame(), fragments = false } = loaded;
    const stopwatch = new Stopwatch(programFd, frame, fragments);
    try {
      const laps: number[] = [];
      // An event with a wake-up costs microseconds: one call says as much.
      const calls = subject === 'tutorial' ? 1 : CALLS;
      for (let call = 0; call < calls; call++) {
        loaded.drain?.();
        laps.push(...stopwatch.time(LAPS));
      }
      return quantile(laps, 0.1);
    } finally {
      stopwatch.close();
    }
  } finally {
    loaded.close();
  }
}

function results(best: (subject: Subject) => number): Result[] {
  const over = (subject: Subject, name: string = subject) => ({
    unit: 'ns/frame',
    baseline: { name, value: best(subject) },
    relative: true,
  });
  const overEmpty = over('empty');
  const linear = 'single-buffer';
  return [
    { name: 'counter', value: best('counter'), gate: 3, aim: 1.5, ...overEmpty },
    { name: 'counter and packet sizes', value: best('sizes'), gate: 6, ...overEmpty },
    { name: 'counter and logger', value: best('logger'), gate: 11, aim: 9, ...over('counter') },
    { name: 'everything on', value: best('everything'), gate: 15.5, aim: 13, ...overEmpty },
    { name: 'everything on, records with times', value: best('times'), ...overEmpty },
    { name: 'everything on, published by exchange', value: best('exchange'), ...overEmpty },
    { name: 'everything on, IPv6 with a tag', value: best('tagged'), ...overEmpty },
    { name: 'everything on, TCP by flags', value: best('tcp'), ...overEmpty },
    {
      name: `everything on, 1 in ${SAMPLE_INTERVAL} recorded`,
      value: best('sampled'),
      ...overEmpty,
    },
    {
      name: `everything on, TCP by flags, 1 in ${SAMPLE_INTERVAL} recorded`,
      value: best('sampledTcp'),
      ...overEmpty,
    },
    { name: 'perf transport, counter and logger', value: best('perfLogger'), ...over('counter') },
    { name: 'perf transport, everything on', value: best('perfEverything'), ...overEmpty },
    {
      name: 'multi-buffer program, counter',
      value: best('multiCounter'),
      gate: 1,
      ...over('counter', linear),
    },
    {
      name: 'multi-buffer program, everything on',
      value: best('multiEverything'),
      gate: 1,
      ...over('everything', linear),
    },
    {
      name: "the tutorials' way: one event and one wake-up each",
      value: best('tutorial'),
      ...overEmpty,
    },
    {
      name: "the tutorials' way, of everything on",
      unit: 'times',
      value: (best('tutorial') - best('empty')) / (best('everything') - best('empty')),
      gate: 350,
      atLeast: true,
    },
  ];
}

function loadEmpty(): Loaded {
  const object = new BpfObject(EMPTY);
  object.load('empty');
  return { programFd: object.program('empty').fd, close: () => object.close() };
}

/** Whatever a failure leaves open ends with the process. */
function loadOurs(options: Partial<ProgramOptions>, sampleInterval = 1): Loaded {
  const all = { ...OURS, ...options };
  const sizes = {
    possibleCpus: readCpuMask('possible'),
    slots: 1,
    ringRecords: RING_RECORDS,
  };
  const maps = new SharedMaps(all.objectPath, all.programName, sizes);
  maps.sampleInterval[0] = sampleInterval;
  const object = loadProgram(maps, all);
  const ring = openRing(maps, all.transport);
  return {
    programFd: object.program(all.programName).fd,
    fragments: all.multiBuffer !== false,
    drain: () => ring?.drain(),
    close: () => {
      ring?.close();
      object.close();
      maps.close();
    },
  };
}

function openRing(
  maps: SharedMaps,
  transport: ProgramOptions['transport'],
): { drain(): void; close(): void } | undefined {
  if (transport === 'none') {
    return undefined;
  }
  if (transport === 'perf') {
    return openPerfRing(maps.eventsFd);
  }
  const ring = new RingMap(CPU, RING_RECORDS);
  const failure = enterRings(maps.ringsFd, [ring]).get(ring);
  if (failure !== undefined) {
    throw failure;
  }
  const { buffer, byteOffset } = ring.memory;
  const positions = new BigUint64Array(buffer, byteOffset, RING.sizeBytes / 8);
  return {
    drain: () => {
      positions[RING.offsets.tail / 8] = positions[RING.offsets.head / 8] ?? 0n;
    },
    close: () => ring.close(),
  };
}

function openPerfRing(mapFd: number, wakeupEvents?: number): { drain(): void; close(): void } {
  const event = new PerfEventRing(mapFd, CPU, PERF_RING_BYTES, wakeupEvents);
  const ring = new PerfRing(event.memory, event.headerSizeBytes);
  return { drain: () => ring.drain(() => {}), close: () => event.close() };
}

function loadTutorial(): Loaded {
  const object = new BpfObject(TUTORIAL);
  object.load('tutorial');
  const ring = openPerfRing(object.map('tutorial_events').fd, 1);
  return {
    programFd: object.program('tutorial').fd,
    close: () => {
      ring.close();
      object.close();
    },
  };
}
