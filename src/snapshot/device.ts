// SPDX-License-Identifier: Apache-2.0
// One device in a snapshot: what it is called, whether it is counted, and why it is not.

import type { ReasonCode } from '../reasons.ts';

export type ProgramMode = 'native' | 'generic' | 'offload';

/** attached: our own program; observed: another's, whose verdicts are counted. */
export type ProgramRole = 'attached' | 'observed';

export interface ProgramInfo {
  readonly role: ProgramRole;
  /** Of one that is observed, in full where that may be read; the kernel's own name ends after 15 characters. */
  readonly name: string;
  /** The kernel's id of the program, unique until reboot wraps it. */
  readonly id: number;
  /** Hex digest of the instructions, as `bpftool prog` prints it. */
  readonly tag: string;
  readonly mode: ProgramMode;
  /** Of one that is observed; absent where it has none, and where they may not be listed. */
  readonly components?: readonly ProgramComponent[];
}

/** A program that replaces a function of another one, as those that libxdp's dispatcher runs in turn. */
export interface ProgramComponent extends Pick<ProgramInfo, 'name' | 'id' | 'tag'> {
  /** The function that it replaces: "prog0" is what the dispatcher runs first. */
  readonly function: string;
}

/** Why a device that is wanted is not counted; src/reasons.ts says what each one means. */
export const DOWN_REASONS = [
  'absent',
  'no_namespace',
  'left_out',
  'occupied',
  'no_program',
  'no_btf',
  'permission',
  'unsupported',
  'unsupported_link',
  'no_native',
  'offloads',
  'mtu',
  'setup',
  'resources',
  'refused',
  'detached',
  'privileges_dropped',
  'stopping',
] as const satisfies readonly ReasonCode[];

export type DownReason = (typeof DOWN_REASONS)[number];

/** How an attempt to put an instrument on a device ended, and how often it did. */
export interface Attempts {
  readonly role: ProgramRole;
  readonly outcome: 'success' | DownReason;
  readonly count: number;
  /** When the first of them was made, ms of the wall clock. */
  readonly startedAtMs: number;
}

/** Neither ever goes back. */
export interface ObservedCounts {
  /** Times that another program was found in the place of the one that was observed. */
  readonly retargets: number;
  /** Packets whose end was not seen, and which no counter holds: see Observation in src/instruments/observed.ts. */
  readonly missed: number;
}

/** What the device itself is, as of the last look at it. */
export interface DeviceInfo {
  /** The driver's own name for itself, such as "virtio_net", or "" where it has none. */
  readonly driver: string;
  /** The largest payload in bytes. */
  readonly mtu: number;
  /** Of the link as it is now, in megabits per second; absent where the driver does not know one. */
  readonly speedMbps?: number;
  /** Queues that receive; absent where the driver does not say. */
  readonly rxQueues?: number;
}

/** A device that is wanted, or that was at some time: its counters last as long as the process. */
export interface DeviceSnapshot {
  /** The kernel's name of the interface, unique in its namespace; see `Device` in src/kernel/device.ts. */
  readonly name: string;
  /** What its network namespace is called; absent for the exporter's own, and where only one is watched. */
  readonly netns?: string;
  /** It is to be counted now. One that is not keeps its counters and has no up state. */
  readonly wanted: boolean;
  /** It is counted now: our program is on the device, or another's is observed. */
  readonly up: boolean;
  /** Absent where no device of the name was there at the last look. */
  readonly info?: DeviceInfo;
  /** Present exactly where the device is wanted and not up. */
  readonly reason?: DownReason;
  /** Absent while nothing is counted. */
  readonly program?: ProgramInfo;
  /** When the first program was put on it and its counters began, ms of the wall clock; absent where never attached. */
  readonly startedAtMs?: number;
  /** When this process began to count it, where an earlier one had begun: see `processStart`. */
  readonly openedAtMs?: number;
  /** Absent where no program was ever observed on it. */
  readonly observed?: ObservedCounts;
  /** Absent where there was none. */
  readonly attempts?: readonly Attempts[];
  /** Names of the devices below it that are wanted too; absent where there are none. Frames that come through both are seen on each. */
  readonly lower?: readonly string[];
  /** It was counted at some time, so that there are counters. Without, no part of the snapshot has anything of it. */
  readonly counted: boolean;
}

/** When what the process itself counts of a device began: the kernel's counters may be of an earlier one. */
export function processStart({
  startedAtMs,
  openedAtMs,
}: Pick<DeviceSnapshot, 'startedAtMs' | 'openedAtMs'>): number | undefined {
  return openedAtMs ?? startedAtMs;
}

/** A device's identity, as the key of a map. Neither a name nor the name of a namespace can hold a NUL. */
export function deviceKey({ name, netns = '' }: Pick<DeviceSnapshot, 'name' | 'netns'>): string {
  return `${netns}\0${name}`;
}
