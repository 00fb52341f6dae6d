// SPDX-License-Identifier: Apache-2.0
// CPUs in memory, each with programs that send to its ring, the transport between them, and a recorder over it all.
import type { LogFields } from '../../../src/log.ts';
import { createLog } from '../../../src/log.ts';
import { MappedRing } from '../../../src/recorder/mapped-ring.ts';
import { Recorder } from '../../../src/recorder/recorder.ts';
import type { Opening, OpenRing, Transport } from '../../../src/recorder/ring.ts';
import { Sampling, type SamplingOptions } from '../../../src/recorder/sampling.ts';
import { FakeProgram, SLOTS } from './fake-program.ts';

export const RECORDS = 16;

/** Any time: what counts is what passes. */
export const NOW_MS = 1_000_000;

export interface FakeCpusOptions {
  readonly possible?: readonly number[];
  readonly sampling?: SamplingOptions;
}

/** Records are of ids that count on for each CPU, whatever ring they are in. */
export class FakeCpus implements Transport {
  readonly recorder: Recorder;
  /** Of rings, and runs that were taken, in order. */
  readonly events: string[] = [];
  readonly taken = new Map<number, number[]>();
  readonly warnings: { message: string; fields: LogFields }[] = [];
  readonly ringless: BigUint64Array;
  readonly sampleInterval = new Uint32Array(new ArrayBuffer(4));
  /** CPUs that can have no ring, and why. */
  readonly refused = new Map<number, Error>();
  /** What the kernel says to whoever takes a ring away. */
  withdrawError: Error | undefined;
  readonly #programs = new Map<number, FakeProgram>();
  readonly #sent = new Map<number, number>();

  constructor({
    possible = [0, 1, 2],
    sampling = { maxEventsPerSecond: 1e9 },
  }: FakeCpusOptions = {}) {
    this.ringless = new BigUint64Array(Math.max(...possible) + 1);
    this.recorder = new Recorder({
      possibleCpus: possible,
      transport: this,
      ringless: this.ringless,
      sampleInterval: this.sampleInterval,
      sampling: new Sampling(sampling),
      take: (words, first, count, cpu) => {
        this.events.push(`take ${cpu}`);
        const ids = this.taken.get(cpu) ?? [];
        for (let record = 0; record < count; record++) {
          ids.push(words[first + record * 16] as number);
        }
        this.taken.set(cpu, ids);
      },
      log: createLog(({ message, fields }) => this.warnings.push({ message, fields })),
    });
  }

  open(cpus: readonly number[]): readonly Opening[] {
    this.events.push(`open ${cpus.join(' ')}`);
    return cpus.map((cpu): Opening => {
      const error = this.refused.get(cpu);
      return error === undefined ? { opened: this.#openRing(cpu) } : { error };
    });
  }

  /** The ring that the CPU's programs write to now. */
  program(cpu: number): FakeProgram {
    const program = this.#programs.get(cpu);
    if (program === undefined) {
      throw new Error(`CPU ${cpu} has no ring`);
    }
    return program;
  }

  send(cpu: number, packets: number): void {
    const program = this.#programs.get(cpu);
    if (program === undefined) {
      this.ringless[cpu] = (this.ringless[cpu] ?? 0n) + BigInt(packets);
      return;
    }
    program.send(packets);
    this.#sent.set(cpu, program.sent.length);
  }

  /** As a perf ring does once its CPU was offline: it is there, but nothing can be sent to it. */
  killRing(cpu: number): void {
    this.#programs.delete(cpu);
  }

  /** So many turns of 4 ms; returns the time after them. */
  turns(count: number, nowMs = NOW_MS): number {
    for (let turn = 0; turn < count; turn++) {
      this.recorder.turn(nowMs + turn * 4);
    }
    return nowMs + count * 4;
  }

  /** The events since the last call. */
  happened(): string[] {
    return this.events.splice(0);
  }

  get ringsOf(): readonly number[] {
    return this.recorder.state(NOW_MS).rings.map(({ cpu }) => cpu);
  }

  #openRing(cpu: number): OpenRing {
    const program = new FakeProgram(RECORDS);
    program.sent.push(...Array.from({ length: this.#sent.get(cpu) ?? 0 }, (_, id) => id));
    this.#programs.set(cpu, program);
    const ring = new MappedRing(cpu, program.memory, SLOTS);
    return {
      ring,
      withdraw: () => {
        this.events.push(`withdraw ${cpu}`);
        if (this.withdrawError !== undefined) {
          throw this.withdrawError;
        }
        this.#programs.delete(cpu);
      },
      close: () => {
        this.events.push(`close ${cpu}`);
        ring.detach();
        this.#programs.delete(cpu);
      },
    };
  }
}
