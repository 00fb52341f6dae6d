// SPDX-License-Identifier: Apache-2.0
// The wall clock of packets: the kernel stamps them by a clock that nobody sets, and people read another.
import { parseMonotonicShift, readTimeOffsets } from '../kernel/monotonic-clock.ts';

const NS_PER_MS = 1e6;

/** What the mapping is made of; a test gives its own. */
export interface ClockReadings {
  /** Whole ms since 1970. */
  readonly wallMs: () => number;
  /** ns of CLOCK_MONOTONIC as this process reads it. */
  readonly monotonicNs: () => bigint;
  /** The text of /proc/self/timens_offsets; undefined where it says nothing of this process. */
  readonly offsets: string | undefined;
}

/**
 * A function that gives the wall clock at 0 of the kernel's CLOCK_MONOTONIC, ms since 1970. It is to be asked anew for
 * each few packets: anybody may set the wall clock, and while a machine sleeps only the other one stands still.
 *
 * One reading of whole milliseconds tells the answer to within a millisecond only, so the last answer stands while it
 * can be true: it settles, and the times of packets keep their order.
 */
export function createPacketClock(readings: ClockReadings = systemReadings()): () => number {
  const { wallMs, monotonicNs, offsets } = readings;
  const shiftNs = parseMonotonicShift(offsets);
  const kernelMs = () => Number(monotonicNs() - shiftNs) / NS_PER_MS;
  let bootMs = Number.NEGATIVE_INFINITY;
  return () => {
    const before = kernelMs();
    const wall = wallMs();
    const after = kernelMs();
    bootMs = Math.min(Math.max(bootMs, wall - after), wall + 1 - before);
    return bootMs;
  };
}

function systemReadings(): ClockReadings {
  return { wallMs: Date.now, monotonicNs: process.hrtime.bigint, offsets: readTimeOffsets() };
}
