// SPDX-License-Identifier: Apache-2.0
// All that crosses between the main thread and the engine: plain data, commands down, answers and events up.
import type { ExitCode } from '../errors.ts';
import type { LogRecord } from '../log.ts';
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

export interface EngineOptions {
  readonly selection: DeviceSelection;
  readonly xdpMode: XdpMode;
  readonly packetSizes: boolean;
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
  | { readonly kind: 'fatal'; readonly failure: Failure };
