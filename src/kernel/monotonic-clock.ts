// SPDX-License-Identifier: Apache-2.0
// The kernel's CLOCK_MONOTONIC, by which programs stamp records: this process may read a shifted one.
import { readFileSync, readlinkSync } from 'node:fs';

const NS_PER_SECOND = 1_000_000_000n;

/**
 * How far this process's CLOCK_MONOTONIC is ahead of the kernel's, in ns: a time namespace shifts it
 * (time_namespaces(7), Linux 5.6). The file has a line a clock, with seconds and nanoseconds.
 * @param offsets the text of /proc/self/timens_offsets; undefined where it says nothing of this process
 */
export function parseMonotonicShift(offsets: string | undefined): bigint {
  const [, seconds, nanoseconds] =
    /^monotonic\s+(-?\d{1,18})\s+(\d{1,9})\s*$/m.exec(offsets ?? '') ?? [];
  return seconds === undefined || nanoseconds === undefined
    ? 0n
    : BigInt(seconds) * NS_PER_SECOND + BigInt(nanoseconds);
}

/** The file tells of the namespace of this process's children, which is its own unless somebody made them another. */
export function readTimeOffsets(): string | undefined {
  try {
    const own = readlinkSync('/proc/self/ns/time');
    const ofChildren = readlinkSync('/proc/self/ns/time_for_children');
    return own === ofChildren ? readFileSync('/proc/self/timens_offsets', 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** Ms of the kernel's clock when `performance.now()` was 0: the difference of the two lasts. */
export function kernelMsAtZero(): number {
  const shiftNs = parseMonotonicShift(readTimeOffsets());
  return Number(process.hrtime.bigint() - shiftNs) / 1e6 - performance.now();
}
