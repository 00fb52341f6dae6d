// SPDX-License-Identifier: Apache-2.0
// The traffic map (packets and bytes by device slot, action and CPU) to one Traffic a device.
import { ACTION_COUNT, TRAFFIC } from '../kernel/abi.ts';
import type { PerCpuReader, PerCpuValues } from '../kernel/per-cpu-map.ts';
import type { Traffic } from '../snapshot/snapshot.ts';

const PACKETS = TRAFFIC.offsets.packets / 8;
const BYTES = TRAFFIC.offsets.bytes / 8;

/**
 * Reads slots 0..slots-1.
 * @param online where the online CPUs are in the list of possible ones, in the order of `Snapshot.cpus`
 */
export function readTraffic(
  map: PerCpuReader,
  slots: number,
  online: readonly number[],
): readonly Traffic[] {
  const values = map.read(slots * ACTION_COUNT);
  return Array.from({ length: slots }, (_, slot) => decodeSlot(values, slot, online));
}

function decodeSlot(values: PerCpuValues, slot: number, online: readonly number[]): Traffic {
  const traffic: Traffic = {
    packets: new Float64Array(ACTION_COUNT),
    bytes: new Float64Array(ACTION_COUNT),
    cpuPackets: new Float64Array(online.length * ACTION_COUNT),
    cpuBytes: new Float64Array(online.length * ACTION_COUNT),
  };
  for (let action = 0; action < ACTION_COUNT; action++) {
    const start = (slot * ACTION_COUNT + action) * values.wordsPerKey;
    traffic.packets[action] = sumOverCpus(values, start + PACKETS);
    traffic.bytes[action] = sumOverCpus(values, start + BYTES);
    for (const [index, position] of online.entries()) {
      const word = start + position * values.wordsPerCpu;
      traffic.cpuPackets[index * ACTION_COUNT + action] = numberAt(values, word + PACKETS);
      traffic.cpuBytes[index * ACTION_COUNT + action] = numberAt(values, word + BYTES);
    }
  }
  return traffic;
}

const HIGH_HALF = 2 ** 32;

/** The sum over every possible CPU of the word at `first` of the first CPU's part; exact up to 2^53. */
export function sumOverCpus(
  { halves, wordsPerCpu, wordsPerKey }: PerCpuValues,
  first: number,
): number {
  const end = first - (first % wordsPerKey) + wordsPerKey;
  let low = 0;
  let high = 0;
  for (let word = first; word < end; word += wordsPerCpu) {
    low += halves[2 * word] as number;
    high += halves[2 * word + 1] as number;
  }
  return high * HIGH_HALF + low;
}

/** The sums of `length` words, `step` words apart. A loop: typed arrays' `from` takes ten times as long. */
export function sumsOverCpus(
  values: PerCpuValues,
  first: number,
  length: number,
  step = 1,
): Float64Array {
  const sums = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    sums[index] = sumOverCpus(values, first + index * step);
  }
  return sums;
}

function numberAt({ halves }: PerCpuValues, word: number): number {
  return (halves[2 * word + 1] as number) * HIGH_HALF + (halves[2 * word] as number);
}
