// SPDX-License-Identifier: Apache-2.0
// The wall clock of packets: the kernel stamps them by a clock that nobody sets, and people read another.
import { readFileSync, readlinkSync } from 'node:fs';

const NS_PER_SECOND = 1_000_000_000n;
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

/**
 * How far this process's CLOCK_MONOTONIC is ahead of the kernel's, which stamps packets: a time namespace shifts it
 * (time_namespaces(7), Linux 5.6). The file has a line a clock, with seconds and nanoseconds.
 */
function parseMonotonicShift(offsets: string | undefined): bigint {
  const [, seconds, nanoseconds] =
    /^monotonic\s+(-?\d{1,18})\s+(\d{1,9})\s*$/m.exec(offsets ?? '') ?? [];
  return seconds === undefined || nanoseconds === undefined
    ? 0n
    : BigInt(seconds) * NS_PER_SECOND + BigInt(nanoseconds);
}

function systemReadings(): ClockReadings {
  return { wallMs: Date.now, monotonicNs: process.hrtime.bigint, offsets: readOffsets() };
}

/** The file tells of the namespace of this process's children, which is its own unless somebody made them another. */
function readOffsets(): string | undefined {
  try {
    const own = readlinkSync('/proc/self/ns/time');
    const ofChildren = readlinkSync('/proc/self/ns/time_for_children');
    return own === ofChildren ? readFileSync('/proc/self/timens_offsets', 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
