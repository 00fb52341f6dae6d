// SPDX-License-Identifier: Apache-2.0
// How many records earlier processes took out of pinned rings: what was counted and neither lost nor waits.
import { DEVICE, TRAFFIC } from '../layout.ts';
import type { PerCpuReader } from '../per-cpu-map.ts';
import { numberAt, type PerCpuValues } from '../per-cpu-values.ts';

const PACKETS = (DEVICE.offsets.traffic + TRAFFIC.offsets.packets) / 8;
const STEP = TRAFFIC.sizeBytes / 8;
const OUTCOMES = [
  DEVICE.offsets.sampled_out,
  DEVICE.offsets.ring_full,
  DEVICE.offsets.no_ring,
  DEVICE.offsets.no_entry,
].map((offset) => offset / 8);

/** A program may count a packet between the kernel's copies of its outcome and of its packet; seldom at each of so many reads. */
const READS = 16;

/**
 * By slot. While rings are shut each packet has an outcome, so that the difference stays; a read may find it too large by a
 * packet that is being counted on a CPU, never too small.
 * @param waiting records in the rings, by slot
 */
export function readTaken(counters: PerCpuReader, waiting: Float64Array): Float64Array {
  const slots = waiting.length;
  let least: Float64Array | undefined;
  for (let read = 0; read < READS; read++) {
    const recorded = readRecorded(counters.read(slots), slots);
    least = least?.map((before, cell) => Math.min(before, recorded[cell] ?? 0)) ?? recorded;
  }
  const cells = least ?? new Float64Array(0);
  const cpus = cells.length / slots;
  return waiting.map((records, slot) => {
    const ofSlot = cells.subarray(slot * cpus, (slot + 1) * cpus);
    return Math.max(0, ofSlot.reduce((sum, cell) => sum + cell, 0) - records);
  });
}

/** Packets of which a record was made, by slot and CPU. */
function readRecorded(values: PerCpuValues, slots: number): Float64Array {
  const cpus = values.wordsPerKey / values.wordsPerCpu;
  const recorded = new Float64Array(slots * cpus);
  for (let cell = 0; cell < recorded.length; cell++) {
    const start = cell * values.wordsPerCpu;
    let packets = 0;
    for (let action = 0; action < DEVICE.lengths.traffic; action++) {
      packets += numberAt(values, start + PACKETS + action * STEP);
    }
    const lost = OUTCOMES.reduce((sum, word) => sum + numberAt(values, start + word), 0);
    recorded[cell] = packets - lost;
  }
  return recorded;
}
