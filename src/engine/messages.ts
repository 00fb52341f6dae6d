// SPDX-License-Identifier: Apache-2.0
// All that crosses between the main thread and the engine: plain data, commands down, answers and events up.
import type { ExitCode } from '../errors.ts';
import type { XdpMode } from '../instruments/attached.ts';
import type { Mode } from '../instruments/choice.ts';
import type { DeviceSelection } from '../instruments/selection.ts';
import type { LogRecord } from '../log.ts';
import type { TopSourcesOptions } from '../recorder/top-sources/top-sources.ts';
import type { PacketRows } from '../snapshot/packet.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const LOGGER_TRANSPORTS = ['mapped', 'perf'] as const;

export interface LoggerOptions {
  /** mapped: rings that programs write to and we map; perf: one perf event for each record, dearer. */
  readonly transport: (typeof LOGGER_TRANSPORTS)[number];
  /** One packet in so many; absent: as many as `maxEventsPerSecond` allows. */
  readonly sampleInterval?: number;
  /** Of the whole process. */
  readonly maxEventsPerSecond: number;
  /** Of each CPU's ring; absent: by the number of CPUs. */
  readonly ringSizeBytes?: number;
  /** "sources": aggregate by source address; "rows": post each packet, with its time. */
  readonly output: 'sources' | 'rows';
  readonly sources: TopSourcesOptions;
}

export interface EngineOptions {
  readonly selection: DeviceSelection;
  readonly mode: Mode;
  readonly xdpMode: XdpMode;
  /** See `ChoiceOptions` in src/instruments/choice.ts. */
  readonly attachDelayMs: number;
  readonly packetSizes: boolean;
  /** Absent: the logger is off. */
  readonly logger?: LoggerOptions;
  /** End with an error rather than go on with a device down. */
  readonly strict: boolean;
  /** Names of ip-netns(8), globs of them, and paths; none: the process's own namespace. */
  readonly netns: readonly string[];
  /** Devices that are counted at a time. */
  readonly slots: number;
  readonly rescanIntervalMs: number;
}

/** Given to the worker at its start. */
export type EngineTask =
  | { readonly kind: 'run'; readonly options: EngineOptions }
  | { readonly kind: 'describe'; readonly netns: readonly string[] };

export type Command =
  | { readonly kind: 'snapshot' }
  /** Tell the service manager, on the socket that it gave us; a failure is a warning in the log, and no refusal. */
  | { readonly kind: 'notify'; readonly socket: string; readonly state: string }
  /** The main thread has written so many rows. */
  | { readonly kind: 'written'; readonly rows: number }
  /** Detach everything, read what is left, and answer with the last snapshot. */
  | { readonly kind: 'finish' }
  | { readonly kind: 'close' };

export interface Request {
  readonly id: number;
  readonly command: Command;
}

/** An error, as far as it survives the border. */
export interface Failure {
  readonly message: string;
  readonly exitCode: ExitCode;
}

export interface DeviceDescription {
  /** Where devices of several network namespaces are described. */
  readonly netns?: string;
  readonly name: string;
  readonly driver: string;
  /** Whether its driver has native XDP; undefined where the kernel cannot tell (before 6.3). */
  readonly native?: boolean;
  /** Name and id of the program on it, if any. */
  readonly occupant?: string;
}

export type EngineMessage =
  | { readonly kind: 'started' }
  | { readonly kind: 'described'; readonly devices: readonly DeviceDescription[] }
  | { readonly kind: 'answer'; readonly id: number; readonly snapshot?: Snapshot }
  | { readonly kind: 'refusal'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'log'; readonly record: LogRecord }
  | { readonly kind: 'packets'; readonly rows: PacketRows }
  | { readonly kind: 'fatal'; readonly failure: Failure };
