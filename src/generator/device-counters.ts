// SPDX-License-Identifier: Apache-2.0
// What the device itself says of the frames that it was given; proc(5), /proc/net/dev.
import { readFileSync } from 'node:fs';
import { ExporterError } from '../errors.ts';

/** thread-self: the generator's thread is in another network namespace than its process. */
const PROC_NET_DEV = '/proc/thread-self/net/dev';

/** Columns after the device's name and colon: eight of receive, then of transmit bytes, packets, errs, drop. */
const COLUMNS = { bytes: 8, packets: 9, dropped: 11 } as const;

/**
 * Since the device was made, by everyone who sent through it. A veth counts a frame as transmitted when its
 * peer's XDP has run, and as dropped when the peer's ring was full.
 */
export interface DeviceCounters {
  readonly packets: number;
  readonly bytes: number;
  readonly dropped: number;
}

/** Of a device in the calling thread's network namespace. */
export function readDeviceCounters(device: string, path = PROC_NET_DEV): DeviceCounters {
  const rows = readFileSync(path, 'utf8').split('\n');
  const row = rows.map((line) => line.trim()).find((line) => line.startsWith(`${device}:`));
  const values =
    row
      ?.slice(device.length + 1)
      .trim()
      .split(/\s+/)
      .map(Number) ?? [];
  const [bytes, packets, dropped] = [COLUMNS.bytes, COLUMNS.packets, COLUMNS.dropped].map(
    (column) => values[column],
  );
  if (bytes === undefined || packets === undefined || dropped === undefined) {
    throw new ExporterError(`read counters of "${device}": not in ${path}; the device is gone`);
  }
  return { bytes, packets, dropped };
}
