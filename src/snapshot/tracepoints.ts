// SPDX-License-Identifier: Apache-2.0
// What the kernel's XDP tracepoints told, whoever's programs they are about.
import type { ReasonCode } from '../reasons.ts';

/** Why a tracepoint is not listened to; src/reasons.ts says what each one means. */
export const TRACEPOINT_REASONS = [
  'no_tracepoint',
  'permission',
  'refused',
] as const satisfies readonly ReasonCode[];

export type TracepointReason = (typeof TRACEPOINT_REASONS)[number];

export interface TracepointState {
  readonly name: string;
  /** Absent while it is listened to. */
  readonly reason?: TracepointReason;
  /** Events that happened and were not counted. */
  readonly missed: number;
}

/** How a redirect fails, by the symbol of its errno; the first one is every errno that is not on this list. */
export const REDIRECT_ERRORS = [
  'other',
  'EPERM',
  'ENOENT',
  'ENXIO',
  'E2BIG',
  'EAGAIN',
  'ENOMEM',
  'EFAULT',
  'EBUSY',
  'ENODEV',
  'EINVAL',
  'ENOSPC',
  'EBADRQC',
  'EOVERFLOW',
  'EMSGSIZE',
  'EOPNOTSUPP',
  'ENETDOWN',
  'ENOBUFS',
] as const;

/** A device that is watched at the tracepoints, or that was: its counters last as long as the process. */
export interface TracepointDevice {
  /** As in the device's snapshot. */
  readonly name: string;
  readonly netns?: string;
  /** When it was first watched, ms of the wall clock. */
  readonly startedAtMs: number;
  /** Frames by index in ACTIONS; absent where the tracepoint is not listened to. */
  readonly exceptions?: Float64Array;
  /** Frames by index in REDIRECT_ERRORS; likewise. */
  readonly redirectErrors?: Float64Array;
}

/** Frames that were redirected from a device to a device. At least one of the two was watched. */
export interface DevmapPath {
  /** Index in `devices`; undefined for a device that was not watched. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly sent: number;
  readonly dropped: number;
}

/** Frames that a cpumap passed to a CPU. */
export interface CpumapPath {
  /** The kernel's id of the map. */
  readonly map: number;
  readonly cpu: number;
  readonly enqueued: number;
  readonly dropped: number;
}

export interface TracepointsPart {
  /** Every tracepoint that there is to listen to. */
  readonly tracepoints: readonly TracepointState[];
  readonly devices: readonly TracepointDevice[];
  readonly devmap: readonly DevmapPath[];
  readonly cpumap: readonly CpumapPath[];
}
