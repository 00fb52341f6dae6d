// SPDX-License-Identifier: Apache-2.0
// The exporter's program with its logger on, run on frames of ours, and the recorder that reads its records.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import { loadProgram } from '../../../src/kernel/device-program.ts';
import type { BpfObject } from '../../../src/kernel/object.ts';
import { readProgramInfo } from '../../../src/kernel/program-info.ts';
import { fitRing } from '../../../src/kernel/ring-map.ts';
import { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';
import { createLog } from '../../../src/log.ts';
import type { TakeRecords } from '../../../src/recorder/record.ts';
import { Recorder } from '../../../src/recorder/recorder.ts';
import { mappedTransport, perfTransport } from '../../../src/recorder/transports.ts';
import { type DeviceTotals, readDeviceTotals } from './device-counters.ts';
import { SourceCounts } from './source-counts.ts';
import { udpFrame } from './udp-frame.ts';

export const OBJECT = fileURLToPath(new URL('../../../bpf/xdp_exporter.bpf.o', import.meta.url));
const EXCHANGE_OBJECT = OBJECT.replace('.bpf.o', '_exchange.bpf.o');
export const PROGRAM = 'xdp_exporter';

const INJECT = fileURLToPath(new URL('./inject.js', import.meta.url));
export const SLOTS = 8;
export const TURN_INTERVAL_MS = 4;

export interface RecordingOptions {
  readonly transport: 'mapped' | 'perf';
  readonly ringSizeBytes: number;
  /** One program for each; absent: one, of slot 3. */
  readonly slots?: readonly number[];
  readonly recordTimes?: boolean;
  /** The program of machines that reorder stores. */
  readonly reordersStores?: boolean;
  /** Absent: they are counted in `sources`. */
  readonly take?: TakeRecords;
}

export class Recording {
  readonly maps: SharedMaps;
  readonly recorder: Recorder;
  readonly sources: SourceCounts;
  readonly warnings: string[] = [];
  /** One packet in so many is recorded, from the next turn on. */
  sampleInterval = 1;
  readonly #programs = new Map<number, BpfObject>();
  readonly #transport: RecordingOptions['transport'];

  constructor(options: RecordingOptions) {
    const { transport, ringSizeBytes, slots = [3], recordTimes = false } = options;
    const possibleCpus = readCpuMask('possible');
    const ringRecords = transport === 'mapped' ? fitRing(ringSizeBytes) : 1;
    this.sources = new SourceCounts(recordTimes);
    this.#transport = transport;
    this.maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: SLOTS, ringRecords });
    for (const slot of slots) {
      this.#programs.set(
        slot,
        loadProgram(this.maps, {
          objectPath: options.reordersStores === true ? EXCHANGE_OBJECT : OBJECT,
          programName: PROGRAM,
          slot,
          link: 'ethernet',
          packetSizes: false,
          transport,
          recordTimes,
          multiBuffer: false,
        }),
      );
    }
    const interval = () => this.sampleInterval;
    this.recorder = new Recorder({
      possibleCpus,
      transport:
        transport === 'mapped'
          ? mappedTransport(this.maps)
          : perfTransport(this.maps, ringSizeBytes),
      ringless: this.maps.ringless,
      sampleInterval: this.maps.sampleInterval,
      sampling: {
        get interval() {
          return interval();
        },
        update: () => false,
      },
      take: options.take ?? this.sources.take,
      log: createLog(({ message }) => this.warnings.push(message)),
    });
  }

  /** How many of the first records have a time: of a ring the first of each 256, of perf events the last. */
  timedOf(records: number): number {
    return this.#transport === 'mapped' ? Math.ceil(records / 256) : Math.floor(records / 256);
  }

  openRings(): void {
    this.recorder.followCpus(readCpuMask('online'), performance.now());
  }

  turn(): void {
    this.recorder.turn(performance.now());
  }

  /**
   * Runs the program on so many frames from `source`, on whatever CPU this thread is on. The kernel takes some 25 ms
   * for more than one.
   */
  run(source: number, frames: number, slot = 3): void {
    new TestRun(this.#fdOf(slot), udpFrame(source)).run(frames);
  }

  /**
   * Has another process run the program on a CPU, on `frames` frames of each of the sources from 0 on, and calls
   * `meanwhile` every few milliseconds until it has ended.
   */
  async runBeside(
    cpu: number,
    sources: number,
    frames: number,
    meanwhile: () => void,
  ): Promise<void> {
    const child = this.startBeside(cpu, sources, frames);
    const exit = once(child, 'exit');
    try {
      while (child.exitCode === null && child.signalCode === null) {
        meanwhile();
        await sleep(TURN_INTERVAL_MS);
      }
    } finally {
      child.kill();
    }
    const [code, signal] = await exit;
    if (code !== 0) {
      throw new Error(`run program beside: ended with ${code ?? signal}`);
    }
  }

  /** Starts that process; whoever calls this waits for its end, or kills it. */
  startBeside(cpu: number, sources: number, frames: number): ChildProcess {
    const call = [INJECT, this.programId, cpu, sources, frames].map(String);
    return spawn(process.execPath, call, { stdio: 'inherit', timeout: 120_000 });
  }

  counted(slot = 3): DeviceTotals {
    return readDeviceTotals(this.maps.devices, slot);
  }

  close(): void {
    this.recorder.close();
    for (const program of this.#programs.values()) {
      program.close();
    }
    this.maps.close();
  }

  /** Of slot 3. */
  get programId(): number {
    return readProgramInfo(this.#fdOf(3)).id;
  }

  #fdOf(slot: number): number {
    const program = this.#programs.get(slot);
    if (program === undefined) {
      throw new Error(`slot ${slot} has no program`);
    }
    return program.program(PROGRAM).fd;
  }
}
