// SPDX-License-Identifier: Apache-2.0
// The plain data that crosses from the engine thread to the main thread: one consistent read of the kernel.
import type { DeviceLog, LoggerState } from './logger.ts';
import type { SourcesSnapshot } from './sources.ts';

/** Index in this list = index in every per-action array = action code in the BPF maps. */
export const ACTIONS = ['aborted', 'drop', 'pass', 'tx', 'redirect', 'invalid'] as const;

export type ProgramMode = 'native' | 'generic' | 'offload';

export interface ProgramInfo {
  readonly name: string;
  /** The kernel's id of the program, unique until reboot wraps it. */
  readonly id: number;
  /** Hex digest of the instructions, as `bpftool prog` prints it. */
  readonly tag: string;
  readonly mode: ProgramMode;
}

/**
 * Frames and bytes since the device was first attached. Each number is exact up to 2^53, which is
 * 8 days of bytes at 100 Gb/s, and never goes back.
 */
export interface Traffic {
  /** By action, summed over every possible CPU, so that a CPU that went offline stays in the total. */
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** By index in `Snapshot.cpus` x action, row by row: `[cpu * ACTIONS.length + action]`. */
  readonly cpuPackets: Float64Array;
  readonly cpuBytes: Float64Array;
}

/** Slot i counts frames whose length is in (2^(i-1), 2^i] bytes; the last one everything longer. */
export interface PacketSizes {
  readonly packets: Float64Array;
  readonly bytes: number;
}

export interface DeviceSnapshot {
  readonly name: string;
  /** Our program is on the device now. */
  readonly up: boolean;
  /** Absent while nothing is attached. */
  readonly program?: ProgramInfo;
  /** When the first program was put on it and its counters began, ms of the wall clock; absent where never attached. */
  readonly startedAtMs?: number;
  /** Absent where the device was never attached, or where this read failed. */
  readonly traffic?: Traffic;
  /** As `traffic`; absent as well where packet sizes are switched off. */
  readonly packetSizes?: PacketSizes;
  /** As `traffic`; absent as well where the logger is switched off. */
  readonly log?: DeviceLog;
  /** As `log`; absent as well where top sources are switched off. */
  readonly sources?: SourcesSnapshot;
}

/** How one collector fared in this snapshot. A failed one leaves its part out and the others alone. */
export interface CollectorReport {
  readonly name: string;
  readonly durationSeconds: number;
  readonly success: boolean;
}

export interface Snapshot {
  readonly takenAtMs: number;
  /** Ids of the CPUs that were online, ascending; they may have gaps. */
  readonly cpus: readonly number[];
  readonly devices: readonly DeviceSnapshot[];
  /** Absent where the logger is switched off. */
  readonly logger?: LoggerState;
  readonly collectors: readonly CollectorReport[];
}
