// SPDX-License-Identifier: Apache-2.0
// Measures what the program of each device costs a run: for a moment now and then, as it slows every BPF program.
import { ExporterError, SystemError } from '../errors.ts';
import type { ProgramInfo } from '../snapshot/device.ts';
import type { ProgramCost } from '../snapshot/program-cost.ts';

/** Measures for `measureMs`, once in `everyMs`. */
export interface DutyCycle {
  readonly measureMs: number;
  readonly everyMs: number;
}

/** What the kernel has counted of a program while anybody had it count. */
export interface ProgramRuns {
  readonly runs: bigint;
  readonly nanoseconds: bigint;
}

export interface CostKernel {
  /** Throws a SystemError, with EPERM as `code` without CAP_SYS_ADMIN. */
  countRuns(): { close(): void };
  /** Of the program of that id. Throws a SystemError, with ENOENT where there is none any more. */
  programRuns(id: number): ProgramRuns;
}

/** A device and, while its packets are counted, whose verdicts these are. */
export interface MeasuredDevice {
  readonly slot: number;
  readonly instrument: { readonly info: ProgramInfo } | undefined;
}

/** At a slot's program. */
interface Look {
  readonly program: ProgramInfo;
  readonly runs: ProgramRuns;
}

interface Measurement {
  readonly stats: { close(): void };
  readonly endsAtMs: number;
  /** By slot, before. */
  readonly begun: ReadonlyMap<number, Look>;
}

export class ProgramCosts {
  readonly #kernel: CostKernel;
  readonly #cycle: DutyCycle;
  readonly #turnIfDue: () => void;
  readonly #costs = new Map<number, ProgramCost>();
  #measurement: Measurement | undefined;
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #failure: unknown;

  /** @param turnIfDue called between two programs: there may be hundreds */
  constructor(kernel: CostKernel, cycle: DutyCycle, turnIfDue: () => void = () => {}) {
    this.#kernel = kernel;
    this.#cycle = cycle;
    this.#turnIfDue = turnIfDue;
  }

  /**
   * To be called some times a second. Throws what the kernel refuses, and tries again at the next measurement.
   * @param nowMs of a clock that nobody sets
   */
  tick(nowMs: number, devices: readonly MeasuredDevice[]): void {
    if (this.#measurement !== undefined) {
      if (nowMs >= this.#measurement.endsAtMs) {
        this.#end(this.#measurement, devices);
      }
    } else if (nowMs >= this.#nextAtMs) {
      this.#nextAtMs = nowMs + this.#cycle.everyMs;
      this.#begin(nowMs + this.#cycle.measureMs, devices);
    }
  }

  /** Undefined before the first measurement of that slot's device. Throws what the last measurement was refused for. */
  read(slot: number): ProgramCost | undefined {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    return this.#costs.get(slot);
  }

  /** The slot's next device begins anew. */
  clearSlot(slot: number): void {
    this.#costs.delete(slot);
  }

  close(): void {
    this.#measurement?.stats.close();
    this.#measurement = undefined;
  }

  #begin(endsAtMs: number, devices: readonly MeasuredDevice[]): void {
    try {
      const stats = this.#kernel.countRuns();
      this.#failure = undefined;
      this.#measurement = { stats, endsAtMs, begun: new Map() };
      this.#measurement = { stats, endsAtMs, begun: this.#readAll(devices) };
    } catch (error) {
      this.#failure = explain(error);
      this.close();
      throw this.#failure;
    }
  }

  #end({ begun }: Measurement, devices: readonly MeasuredDevice[]): void {
    try {
      const ended = this.#readAll(devices);
      for (const [slot, { program, runs }] of ended) {
        const start = begun.get(slot);
        // One that came or was replaced meanwhile is measured the next time.
        if (start?.program.id === program.id) {
          this.#add(slot, program, start.runs, runs);
        }
      }
    } finally {
      this.close();
    }
  }

  #add(slot: number, program: ProgramInfo, before: ProgramRuns, after: ProgramRuns): void {
    const runs = Number(after.runs - before.runs);
    const seconds = Number(after.nanoseconds - before.nanoseconds) / 1e9;
    this.#costs.set(slot, {
      program: { name: program.name, role: program.role },
      ...(runs > 0 ? { averageSeconds: seconds / runs } : {}),
      runs: (this.#costs.get(slot)?.runs ?? 0) + runs,
    });
  }

  /** By slot. Devices may share a program. */
  #readAll(devices: readonly MeasuredDevice[]): ReadonlyMap<number, Look> {
    const byId = new Map<number, ProgramRuns | undefined>();
    const bySlot = new Map<number, Look>();
    for (const { slot, instrument } of devices) {
      if (instrument === undefined) {
        continue;
      }
      const program = instrument.info;
      if (!byId.has(program.id)) {
        byId.set(program.id, this.#readIfThere(program.id));
        this.#turnIfDue();
      }
      const runs = byId.get(program.id);
      if (runs !== undefined) {
        bySlot.set(slot, { program, runs });
      }
    }
    return bySlot;
  }

  #readIfThere(id: number): ProgramRuns | undefined {
    try {
      return this.#kernel.programRuns(id);
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
  }
}

const PERMISSION =
  'this needs CAP_SYS_ADMIN; grant it, or omit --program-cost. Everything else is counted';

function explain(error: unknown): unknown {
  return error instanceof SystemError && error.code === 'EPERM'
    ? new ExporterError(`${error.message}: ${PERMISSION}`, { cause: error })
    : error;
}
