// SPDX-License-Identifier: Apache-2.0
// One device in a snapshot: what it is called, whether it is counted, and why it is not.

export type ProgramMode = 'native' | 'generic' | 'offload';

/** attached: our own program; observed: another's, whose verdicts are counted. */
type ProgramRole = 'attached' | 'observed';

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

/** Why a device that is wanted is not counted: each reason and what it means. */
export const DOWN_REASONS = {
  absent: 'There is no such device now.',
  no_namespace: 'There is no such network namespace now.',
  no_slot: 'Every slot is taken by another device.',
  occupied: 'Another XDP program is on the device.',
  no_program: 'There is no XDP program on the device that could be observed.',
  no_btf: 'The program on the device has no BTF, so it cannot be observed.',
  permission: "The exporter may not observe another's program.",
  unsupported: 'This kernel cannot observe programs.',
  unsupported_link: 'Frames of this link type cannot be parsed.',
  refused: 'The driver or the kernel refused the program.',
  detached: 'Another process detached the program. The exporter attaches it again when it can.',
  stopping: 'The exporter detached the program because it is stopping.',
} as const;

export type DownReason = keyof typeof DOWN_REASONS;

/** Neither ever goes back. */
export interface ObservedCounts {
  /** Times that another program was found in the place of the one that was observed. */
  readonly retargets: number;
  /** Packets whose end was not seen, and which no counter holds: see Observation in src/instruments/observed.ts. */
  readonly missed: number;
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
  /** Present exactly where the device is wanted and not up. */
  readonly reason?: DownReason;
  /** Absent while nothing is counted. */
  readonly program?: ProgramInfo;
  /** When the first program was put on it and its counters began, ms of the wall clock; absent where never attached. */
  readonly startedAtMs?: number;
  /** Absent where no program was ever observed on it. */
  readonly observed?: ObservedCounts;
  /** It was counted at some time, so that there are counters. Without, no part of the snapshot has anything of it. */
  readonly counted: boolean;
}

/** A device's identity, as the key of a map. Neither a name nor the name of a namespace can hold a NUL. */
export function deviceKey({ name, netns = '' }: Pick<DeviceSnapshot, 'name' | 'netns'>): string {
  return `${netns}\0${name}`;
}
