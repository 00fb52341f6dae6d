// SPDX-License-Identifier: Apache-2.0
// What the engine is asked to do.
import type { Filter } from '../filter/filter.ts';
import type { XdpMode } from '../instruments/attached.ts';
import type { DeviceMode, Mode } from '../instruments/modes.ts';
import type { DutyCycle } from '../instruments/program-cost.ts';
import type { DeviceSelection } from '../instruments/selection.ts';
import type { TracepointMode } from '../instruments/tracepoints.ts';
import type { TopListsOptions } from '../recorder/top-lists/top-lists.ts';
import type { LoadedNetworks } from './networks/read-networks.ts';

export const LOGGER_TRANSPORTS = ['mapped', 'perf'] as const;

/** Milliseconds from one reading of the rings to the next. */
export interface TurnIntervals {
  /** While every packet is recorded. */
  readonly exactMs: number;
  /** While sampling leaves packets out: there are no peaks then, which a long turn would blur. */
  readonly sampledMs: number;
}

export interface LoggerOptions {
  /** mapped: rings that programs write to and we map; perf: one perf event for each record, dearer. */
  readonly transport: (typeof LOGGER_TRANSPORTS)[number];
  /** One packet in so many; absent: as many as `maxEventsPerSecond` allows. */
  readonly sampleInterval?: number;
  /** Of the whole process. */
  readonly maxEventsPerSecond: number;
  readonly turnIntervals: TurnIntervals;
  /** Of each CPU's ring; absent: by the number of CPUs. */
  readonly ringSizeBytes?: number;
  /** "top": aggregate to top lists; "rows": hand over each packet, with its time. */
  readonly output: 'top' | 'rows';
  /** Which packets become rows; absent: all. */
  readonly filter?: Filter;
  readonly top: TopListsOptions;
  /** The path of a file that names networks; absent: none are counted. */
  readonly networksFile?: string;
  /** What it had at the start: see `withNetworks`. */
  readonly networks?: LoadedNetworks;
}

export interface EngineOptions {
  readonly selection: DeviceSelection;
  readonly mode: Mode;
  /** See `ModeOptions` in src/instruments/modes.ts. */
  readonly deviceModes: readonly DeviceMode[];
  readonly xdpMode: XdpMode;
  /** See `ChoiceOptions` in src/instruments/choice.ts. */
  readonly attachDelayMs: number;
  /** Where programs are pinned that are observed without the right to open any: paths and globs of paths. */
  readonly observePins: readonly string[];
  readonly packetSizes: boolean;
  /** A directory of a BPF file system, where counters and programs outlive the process; absent: they do not. */
  readonly statePin?: string;
  /** Whether to listen to the kernel's XDP tracepoints. */
  readonly tracepoints: TracepointMode;
  /** When to measure what programs cost; absent: never. */
  readonly programCost?: DutyCycle;
  /** Absent: the logger is off. */
  readonly logger?: LoggerOptions;
  /** End with an error rather than go on with a device down. */
  readonly strict: boolean;
  /** What asked for it, such as "--strict": the error says so. */
  readonly strictOrigin?: string;
  /** Names of ip-netns(8), globs of them, and paths; none: the process's own namespace. */
  readonly netns: readonly string[];
  /** Devices that are counted at a time. */
  readonly slots: number;
  readonly rescanIntervalMs: number;
}
