// SPDX-License-Identifier: Apache-2.0
// What a slot of map xdp_devices counts: struct xdp_device of bpf/abi.h.
import { DEVICE } from '../../../src/kernel/layout.ts';
import type { PerCpuReader } from '../../../src/kernel/per-cpu-map.ts';

const { lengths } = DEVICE;

/** How many u64 each field is; each struct xdp_traffic is packets, then bytes. */
const FIELD_WORDS = {
  traffic: 2 * lengths.traffic,
  sizes: lengths.sizes,
  sampled_out: 1,
  ring_full: 1,
  no_ring: 1,
  no_entry: 1,
  malformed: lengths.malformed,
  protocols: 2 * lengths.protocols,
} as const;

type Field = keyof typeof FIELD_WORDS;

/** By field, in the order of memory. */
export type DeviceCounters = Readonly<Record<Field, readonly number[]>>;

/** Of each possible CPU. */
export function readCpuCounters(devices: PerCpuReader, slot: number): DeviceCounters[] {
  const { words, wordsPerCpu, wordsPerKey } = devices.read(slot + 1);
  return Array.from({ length: wordsPerKey / wordsPerCpu }, (_, cpu) =>
    mapFields((field) => {
      const first = slot * wordsPerKey + cpu * wordsPerCpu + DEVICE.offsets[field] / 8;
      return Array.from(words.subarray(first, first + FIELD_WORDS[field]), Number);
    }),
  );
}

/** Over all CPUs. */
export function readDeviceCounters(devices: PerCpuReader, slot: number): DeviceCounters {
  const cpus = readCpuCounters(devices, slot);
  return mapFields((field) =>
    Array.from({ length: FIELD_WORDS[field] }, (_, index) =>
      cpus.reduce((sum, counters) => sum + (counters[field][index] ?? 0), 0),
    ),
  );
}

/** What became of a device's packets, whatever their action. */
export interface DeviceTotals {
  readonly packets: number;
  readonly bytes: number;
  readonly sampledOut: number;
  readonly ringFull: number;
  readonly noRing: number;
}

/** Over all CPUs and actions. */
export function readDeviceTotals(devices: PerCpuReader, slot: number): DeviceTotals {
  const { traffic, sampled_out, ring_full, no_ring } = readDeviceCounters(devices, slot);
  const sumOf = (first: 0 | 1) =>
    traffic.reduce((sum, count, index) => (index % 2 === first ? sum + count : sum), 0);
  return {
    packets: sumOf(0),
    bytes: sumOf(1),
    sampledOut: sampled_out[0] ?? 0,
    ringFull: ring_full[0] ?? 0,
    noRing: no_ring[0] ?? 0,
  };
}

function mapFields(countsOf: (field: Field) => readonly number[]): DeviceCounters {
  const entries = Object.keys(FIELD_WORDS).map((field) => [field, countsOf(field as Field)]);
  return Object.fromEntries(entries) as DeviceCounters;
}
