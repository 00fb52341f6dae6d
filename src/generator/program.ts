// SPDX-License-Identifier: Apache-2.0
// The BPF program that writes and counts the frames, and the test runs that make it send them.
import { fileURLToPath } from 'node:url';
import { AbiMismatchError, ExporterError, SystemError } from '../errors.ts';
import { BpfObject } from '../kernel/object.ts';
import { PerCpuMap } from '../kernel/per-cpu-map.ts';
import { TestRun } from '../kernel/test-run.ts';
import { XdpLink } from '../kernel/xdp-link.ts';
import type { Progress } from './delivery.ts';
import { GENERATOR_PROGRESS, GENERATOR_SETTINGS } from './layout.ts';
import { type GeneratorPlan, longestFrame } from './options.ts';
import { encodeSettings, type Route } from './settings.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/generator.bpf.o', import.meta.url));
const PROGRAM = 'generator';

/** lo is the first device of every network namespace. */
const LOOPBACK_IFINDEX = 1;

/** Codes of a device that has an XDP program. */
const TAKEN = ['EBUSY', 'EEXIST'];

/**
 * Loads and holds the program for a device of the thread's network namespace. Needs CAP_BPF, CAP_NET_ADMIN
 * and Linux 5.18.
 *
 * A test run patches its program into the kernel's XDP dispatcher and out of it again, at the price of two RCU
 * grace periods (20 ms), unless it is there already because it is attached to something. So it is held, in
 * generic mode, on lo, or, where another generator is on lo, on the device itself. There it passes whatever
 * comes in: its own frames say that they come in at the other of the two.
 */
export function openProgram(plan: GeneratorPlan, ifindex: number): GeneratorProgram {
  const routes = [
    { holder: LOOPBACK_IFINDEX, ingress: ifindex, egress: ifindex },
    { holder: ifindex, ingress: LOOPBACK_IFINDEX, egress: ifindex },
  ];
  for (const { holder, ...route } of routes) {
    const program = new GeneratorProgram(plan, route);
    if (program.hold(holder)) {
      return program;
    }
    program.close();
  }
  throw new ExporterError(
    `hold program "${PROGRAM}": lo and "${plan.device}" both have an XDP program; run at most two generators in a network namespace`,
  );
}

/** Loaded; gone from the kernel when it is closed or the process ends. */
export class GeneratorProgram {
  readonly #object: BpfObject;
  readonly #run: TestRun;
  readonly #progress: PerCpuMap;
  #link: XdpLink | undefined;

  constructor(plan: GeneratorPlan, route: Route) {
    this.#object = new BpfObject(OBJECT);
    try {
      const section = this.#object.map('.rodata');
      checkSize('.rodata', GENERATOR_SETTINGS.sizeBytes, section.valueSizeBytes);
      section.setInitialValue(encodeSettings(plan, route));
      this.#object.load(PROGRAM);
      const counters = this.#object.map('.bss');
      checkSize('.bss', GENERATOR_PROGRESS.sizeBytes, counters.valueSizeBytes);
      // A section is an array of one value, and reads as that of one CPU would.
      this.#progress = new PerCpuMap(counters.fd, GENERATOR_PROGRESS.sizeBytes, 1);
      const frame = Buffer.alloc(longestFrame(plan));
      this.#run = new TestRun(this.#object.program(PROGRAM).fd, frame, route.ingress);
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  /** Attaches to a device until `close`. False where another program is on it. */
  hold(ifindex: number): boolean {
    try {
      this.#link = new XdpLink(this.#object.program(PROGRAM).fd, ifindex, 'generic');
      return true;
    } catch (error) {
      if (error instanceof SystemError && TAKEN.includes(error.code)) {
        return false;
      }
      throw error;
    }
  }

  /** Blocks the thread until `frames` are sent, or fewer where a signal came: `progress` knows. */
  send(frames: number): void {
    try {
      this.#run.run(frames);
    } catch (cause) {
      const code = cause instanceof SystemError ? cause.code : undefined;
      if (code !== 'EINTR') {
        throw new ExporterError(`send live frames: ${code}; they need Linux 5.18`, { cause });
      }
    }
  }

  progress(): Progress {
    const [frames = 0n, bytes = 0n] = this.#progress.read(1).words;
    return { frames: Number(frames), bytes: Number(bytes) };
  }

  close(): void {
    this.#link?.close();
    this.#object.close();
  }
}

function checkSize(section: string, expected: number, actual: number): void {
  if (actual !== expected) {
    throw new AbiMismatchError(`size of ${section} in generator.bpf.o`, expected, actual);
  }
}
