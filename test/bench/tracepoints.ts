// SPDX-License-Identifier: Apache-2.0
// What an event of a tracepoint costs: redirects that fail, with nobody listening and with us, in turn.
import { fileURLToPath } from 'node:url';
import { libbpf } from '../../src/ffi/libbpf.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { readNetNamespaceInode } from '../../src/kernel/net-namespace.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { TracepointMaps } from '../../src/kernel/tracepoint-maps.ts';
import { TracepointProgram } from '../../src/kernel/tracepoint-program.ts';
import { minimum, type Result } from './result.ts';

const OURS = fileURLToPath(new URL('../../bpf/tracepoints.bpf.o', import.meta.url));
const PROVOKER = fileURLToPath(new URL('../bpf/provoker.bpf.o', import.meta.url));

/** The first device of every network namespace, and an index that no device has. */
const LOOPBACK = 1;
const NO_DEVICE = 0x7fff_fff0;

/** Of enum provoker_deed, and a frame that the program takes for one of ours. */
const REDIRECT = 1;
const FRAME = Buffer.alloc(64);
FRAME.writeUInt16BE(0x88b5, 12);

const FRAMES = 50_000;
const ROUNDS = 12;

type Listening = 'nobody' | 'elsewhere' | 'here';

export function benchTracepoints(): Result[] {
  const object = new BpfObject(PROVOKER);
  object.load('provoke');
  try {
    aimAt(object, NO_DEVICE);
    const run = new TestRun(object.program('provoke').fd, FRAME, LOOPBACK);
    const times = new Map<Listening, number[]>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const listening of ['nobody', 'elsewhere', 'here'] as const) {
        times.set(listening, [...(times.get(listening) ?? []), measure(run, listening)]);
      }
    }
    const best = (listening: Listening) => minimum(times.get(listening) ?? []);
    const baseline = { name: 'nobody listens', value: best('nobody') };
    return [
      { name: 'failed redirect, counted', unit: 'ns/frame', value: best('here'), baseline },
      {
        name: 'failed redirect of a device that is not selected',
        unit: 'ns/frame',
        value: best('elsewhere'),
        baseline,
      },
    ];
  } finally {
    object.close();
  }
}

/** What a live frame takes from its making to its failure, in ns. */
function measure(run: TestRun, listening: Listening): number {
  const sizes = {
    possibleCpus: readCpuMask('possible').length,
    places: 1,
    devmapPaths: 1,
    cpumapPaths: 1,
  };
  const maps = new TracepointMaps(OURS, sizes);
  const program =
    listening === 'nobody' ? undefined : new TracepointProgram(maps, OURS, 'xdp_redirect_err');
  const ifindex = listening === 'here' ? LOOPBACK : NO_DEVICE;
  maps.watch({ inode: readNetNamespaceInode(), ifindex }, 0);
  try {
    const start = process.hrtime.bigint();
    run.run(FRAMES);
    const nanoseconds = Number(process.hrtime.bigint() - start);
    checkCounted(maps, listening === 'here' ? FRAMES : 0);
    return nanoseconds / FRAMES;
  } finally {
    program?.close();
    maps.close();
  }
}

/** A bench of something that does not happen would be fast. */
function checkCounted(maps: TracepointMaps, expected: number): void {
  const { words } = maps.counters.read(1);
  const counted = words.reduce((sum, word) => sum + word, 0n);
  if (counted !== BigInt(expected)) {
    throw new Error(`count failed redirects: ${counted} of ${expected}`);
  }
}

function aimAt(object: BpfObject, ifindex: number): void {
  const { fd, valueSizeBytes } = object.map('.bss');
  const state = Buffer.alloc(valueSizeBytes);
  state.writeUInt32LE(REDIRECT, 0);
  state.writeUInt32LE(ifindex, 4);
  libbpf().bpf_map_update_elem(fd, Buffer.alloc(4), state, 0);
}
