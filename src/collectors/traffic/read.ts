// SPDX-License-Identifier: Apache-2.0
// Packets and bytes of each device by action, and by action and CPU.
import { TRAFFIC } from '../../kernel/layout.ts';
import { numberAt, type PerCpuValues, sumsOverCpus } from '../../kernel/per-cpu-values.ts';
import { ACTIONS } from '../../snapshot/packet-class.ts';
import type { Reading } from '../collector.ts';
import { deviceValues, wordOf } from '../device-values.ts';

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

export type TrafficPart = readonly (Traffic | undefined)[];

/** Words from one action to the next. */
const STEP = TRAFFIC.sizeBytes / 8;
const PACKETS = wordOf('traffic') + TRAFFIC.offsets.packets / 8;
const BYTES = wordOf('traffic') + TRAFFIC.offsets.bytes / 8;

export function readTraffic(reading: Reading): TrafficPart {
  const values = reading.values();
  const { cpuPositions } = reading;
  return deviceValues(reading, values, (start) => ({
    packets: sumsOverCpus(values, start + PACKETS, ACTIONS.length, STEP),
    bytes: sumsOverCpus(values, start + BYTES, ACTIONS.length, STEP),
    cpuPackets: cpuRows(values, start + PACKETS, cpuPositions),
    cpuBytes: cpuRows(values, start + BYTES, cpuPositions),
  }));
}

/** @param first the word of the first action on the first CPU */
function cpuRows(values: PerCpuValues, first: number, positions: readonly number[]): Float64Array {
  const rows = new Float64Array(positions.length * ACTIONS.length);
  let cell = 0;
  for (const position of positions) {
    const start = first + position * values.wordsPerCpu;
    for (let action = 0; action < ACTIONS.length; action++) {
      rows[cell++] = numberAt(values, start + action * STEP);
    }
  }
  return rows;
}
