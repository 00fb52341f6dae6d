// SPDX-License-Identifier: Apache-2.0
// Packets by their length: a histogram by powers of two.
import { DEVICE, TRAFFIC } from '../../kernel/layout.ts';
import { sumsOverCpus } from '../../kernel/per-cpu-values.ts';
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, type HistogramSample, histogramFamily } from '../../metrics/family.ts';
import { AS_SEEN } from '../../metrics/help.ts';
import type { Collector, FamilyContext, Reading } from '../collector.ts';
import { deviceValues, wordOf } from '../device-values.ts';
import { foldSizeSlots, SIZE_BOUNDARIES, sum } from './buckets.ts';

/** Of one device since it was first attached. */
export interface PacketSizes {
  /** Slot i counts frames whose length is in (2^(i-1), 2^i] bytes; the last one everything longer. */
  readonly packets: Float64Array;
  /** Of all frames. */
  readonly bytes: number;
}

export type PacketSizesPart = readonly (PacketSizes | undefined)[];

const METRICS = {
  packetSize: {
    name: 'xdp_packet_size_bytes',
    otelName: 'xdp.packet.size',
    unit: 'By',
    type: 'histogram',
    help: `Frames by their length in bytes. ${AS_SEEN}`,
    labels: ['device'],
  },
} as const satisfies Record<string, MetricDefinition>;

const SIZES = wordOf('sizes');
const SIZE_SLOTS = DEVICE.lengths.sizes;
const BYTES = wordOf('traffic') + TRAFFIC.offsets.bytes / 8;
const ACTIONS = DEVICE.lengths.traffic;

/** The kernel counts bytes by action alone, and each of a frame's bytes has one action. */
function read(reading: Reading): PacketSizesPart | undefined {
  if (!reading.packetSizes) {
    return undefined;
  }
  const values = reading.values();
  return deviceValues(reading, values, (start) => ({
    packets: sumsOverCpus(values, start + SIZES, SIZE_SLOTS),
    bytes: sum(sumsOverCpus(values, start + BYTES, ACTIONS, TRAFFIC.sizeBytes / 8)),
  }));
}

function families(part: PacketSizesPart, { devices }: FamilyContext): readonly Family[] {
  const samples = devices.flatMap(({ device: { startedAtMs }, labels }, index) => {
    const sizes = part[index];
    return sizes === undefined ? [] : [{ labels, startedAtMs, ...bucketsOf(sizes) }];
  });
  return [histogramFamily(METRICS.packetSize, samples)];
}

function bucketsOf({ packets, bytes }: PacketSizes): Omit<HistogramSample, 'labels'> {
  const counts = foldSizeSlots(packets);
  return {
    boundaries: SIZE_BOUNDARIES,
    counts,
    // No frame is as long as 2^20 bytes, so that the last slot is a bucket like the others.
    powersOfTwo: packets,
    count: sum(counts),
    sum: bytes,
  };
}

export const packetSizes = {
  name: 'packet_sizes',
  metrics: METRICS,
  read,
  families,
} as const satisfies Collector<'packet_sizes', PacketSizesPart>;
