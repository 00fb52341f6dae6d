// SPDX-License-Identifier: Apache-2.0
// What the transports share: a ring of one CPU, read by polling.
import { floorPowerOfTwo } from '../kernel/power-of-two.ts';
import type { TakeRecords } from './record.ts';

/** Reads one CPU's records. */
export interface RecordRing {
  readonly cpu: number;
  /** Of its records, without headers. */
  readonly sizeBytes: number;
  /** How full the last drain found it: 0..1. */
  readonly fill: number;
  /** Records that no program of ours can have written; each was left out. */
  readonly damagedRecords: number;
  /**
   * Times that a position was none that a program of ours or this reader can have written. Where it was the head,
   * all that was not read was left out.
   */
  readonly damagedPositions: number;
  /** Takes what was there when it began, and tells how many records that were. Throws only what `take` throws. */
  drain(take: TakeRecords): number;
}

/** A ring that a CPU's programs write to. */
export interface OpenRing {
  readonly ring: RecordRing;
  /** No program writes to it from here on, so that one more drain finds all that was written. May block for some 20 ms. */
  withdraw(): void;
  /** Lets go of its memory, with whatever was not read. */
  close(): void;
}

/** What became of a CPU that was to have a ring. */
export type Opening =
  | { readonly opened: OpenRing; readonly error?: undefined }
  | { readonly opened?: undefined; readonly error: unknown };

/** How records come from the kernel. */
export interface Transport {
  /** CPUs with a ring that holds what an earlier process did not read; absent: none. */
  readonly waiting?: readonly number[];
  /**
   * Opens the rings of several CPUs, one for each in their order. All at once, since the kernel may have to wait for programs
   * that run, which takes as long for one as for all. Where a CPU can have no ring now, `error` is a SystemError.
   */
  open(cpus: readonly number[]): readonly Opening[];
}

const KIB = 1024;
const MIB = 1024 * KIB;
const RING_SIZE_BYTES = { total: 64 * MIB, least: 256 * KIB, most: 4 * MIB } as const;

/** The size of each CPU's ring where nobody asks for another: 4 MiB hold 20 ms at three million packets a second. */
export function ringSizeBytes(cpus: number): number {
  const { total, least, most } = RING_SIZE_BYTES;
  return floorPowerOfTwo(Math.min(Math.max(total / cpus, least), most));
}
