// SPDX-License-Identifier: Apache-2.0
// What a collector is: a folder that reads in the engine, makes a part of the snapshot, and turns it into families.
import type { PerCpuValues } from '../kernel/per-cpu-values.ts';
import type { MetricDefinition } from '../metrics/definition.ts';
import type { Family } from '../metrics/family.ts';
import type { LabelledDevice } from '../metrics/labels.ts';
import type { RecorderState, TapState } from '../recorder/state.ts';
import type { Peaks } from '../snapshot/peaks.ts';
import type { ProgramCost } from '../snapshot/program-cost.ts';
import type { QueuePackets } from '../snapshot/queue-packets.ts';
import type { TopListName, TopListSnapshot } from '../snapshot/top-list.ts';
import type { TracepointsPart } from '../snapshot/tracepoints.ts';

/** What the engine has for a snapshot's collectors. All of it belongs to one moment. */
export interface Reading {
  /** Where each of the snapshot's devices is in `values`, in its order; undefined for one that was never counted. */
  readonly slots: readonly (number | undefined)[];
  /** Where each of the snapshot's CPUs is among the parts of a per-CPU value, in its order. */
  readonly cpuPositions: readonly number[];
  /** Packets are counted by size. */
  readonly packetSizes: boolean;
  /** struct xdp_device of bpf/abi.h by slot. Reads the kernel at the first call, and throws at each where that failed. */
  values(): PerCpuValues;
  /** Absent where the logger is off. */
  readonly recorder?: RecorderReading;
  /** What the tracepoints told until now. Reads the kernel. Absent where they are switched off. */
  tracepoints?(): TracepointsPart;
  /** What the program of a slot's device costs; undefined before it was measured. Absent where nothing is measured. */
  programCost?(slot: number): ProgramCost | undefined;
}

/** The logger's side of a reading. */
export interface RecorderReading {
  readonly state: RecorderState;
  readonly readers: TapState;
  /** Records of a slot that were decoded, as of before `values` were read. */
  decoded(slot: number): number;
  /** Packets of a slot by receive queue. */
  queues(slot: number): QueuePackets | undefined;
  /**
   * The largest bursts of a slot until now; undefined where sampling has left out packets in the last minute.
   * @param leftOut how many the kernel says that sampling has ever left out, as of this reading
   */
  peaks?(slot: number, leftOut: number): Peaks | undefined;
  /** Top lists of a slot: those that are switched on. */
  readonly top: Readonly<
    Partial<Record<TopListName, (slot: number) => TopListSnapshot | undefined>>
  >;
}

/**
 * `Part` is plain data that crosses the border in `Snapshot.parts` under the collector's name. Where it speaks of
 * devices it is an array in the order of `Snapshot.devices`, undefined for each that was never counted.
 */
export interface Collector<Name extends string, Part> {
  /** Also the value of label `collector`. */
  readonly name: Name;
  /** Every metric of its families, in the order in which they are exposed. */
  readonly metrics: Readonly<Record<string, MetricDefinition>>;
  /** In the engine. Undefined where what it reads is switched off. What it throws costs the snapshot its part only. */
  read(reading: Reading): Part | undefined;
  /** On the other side of the border: a pure function. Families may be without samples. */
  families(part: Part, context: FamilyContext): readonly Family[];
}

/** What every collector's families may need beside its own part. */
export interface FamilyContext {
  /** In the order of `Snapshot.devices`. */
  readonly devices: readonly LabelledDevice[];
  /** As `Snapshot.cpus`. */
  readonly cpus: readonly number[];
  /** As `Snapshot.startedAtMs`. */
  readonly startedAtMs: number;
}

/** How one collector fared in a snapshot. */
export interface CollectorReport {
  readonly name: string;
  readonly durationSeconds: number;
  /** One that failed leaves its part out and the others alone. */
  readonly success: boolean;
}
