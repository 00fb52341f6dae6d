// SPDX-License-Identifier: Apache-2.0
// All that crosses between the main thread and the engine: plain data, commands down, answers and events up.
import type { ExitCode } from '../errors.ts';
import type { LogRecord } from '../log.ts';
import type { PacketRows } from '../snapshot/packet.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const XDP_MODES = ['auto', 'native', 'generic'] as const;
/** auto: native, and generic only where the driver has no native XDP. */
export type XdpMode = (typeof XDP_MODES)[number];

/** Which devices to attach to; evaluated again at every rescan. */
export interface DeviceSelection {
  /** Names, and globs as picomatch reads them. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Also the device of the default route. */
  readonly defaultRoute: boolean;
}

interface SourceOptions {
  /** Series for each device; 0: none, and no table. */
  readonly maxSeries: number;
  readonly tableSize: number;
  /** Addresses are cut to these many bits. */
  readonly prefixV4: number;
  readonly prefixV6: number;
  /** Of a device's packets; below it no source joins. */
  readonly minShare: number;
  readonly newSeriesPerHour: number;
}

export interface LoggerOptions {
  /** One packet in so many; absent: as many as `maxEventsPerSecond` allows. */
  readonly sampleInterval?: number;
  /** Of the whole process. */
  readonly maxEventsPerSecond: number;
  /** Of each CPU's ring; absent: by the number of CPUs. */
  readonly ringSizeBytes?: number;
  /** "sources": aggregate by source address; "rows": post each packet, with its time. */
  readonly output: 'sources' | 'rows';
  readonly sources: SourceOptions;
}

export interface EngineOptions {
  readonly selection: DeviceSelection;
  readonly xdpMode: XdpMode;
  readonly packetSizes: boolean;
  /** Absent: the logger is off. */
  readonly logger?: LoggerOptions;
  /** End with an error rather than go on with a device down. */
  readonly strict: boolean;
  /** A name of ip-netns(8) or a path; absent: the process's own namespace. */
  readonly netns?: string;
  readonly rescanIntervalMs: number;
}

/** Given to the worker at its start. */
export type EngineTask =
  | { readonly kind: 'run'; readonly options: EngineOptions }
  | { readonly kind: 'describe'; readonly netns?: string };

export type Command =
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'add-device'; readonly name: string }
  | { readonly kind: 'remove-device'; readonly name: string }
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
