// SPDX-License-Identifier: Apache-2.0
// Packets and bytes by who sent them: the largest sources, and all others as one.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../../metrics/family.ts';
import { type Labels, perDevice } from '../../metrics/labels.ts';
import type { SourceCounts, SourcesSnapshot } from '../../recorder/top-sources/snapshot.ts';
import type { Collector, FamilyContext, Reading } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';

export type SourcesPart = readonly (SourcesSnapshot | undefined)[];

const BY_SOURCE =
  'The largest sources have a series each; all other frames, also those that are not IP, are in source_address="other", ' +
  'so that the rates add up to the frames that were decoded. With sampling a record counts for all frames since the ' +
  'last record.';

const METRICS = {
  sourcePackets: {
    name: 'xdp_source_packets_total',
    otelName: 'xdp.source.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by source address. ${BY_SOURCE}`,
    labels: ['device', 'source_address'],
  },
  sourceBytes: {
    name: 'xdp_source_bytes_total',
    otelName: 'xdp.source.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by source address. ${BY_SOURCE}`,
    labels: ['device', 'source_address'],
  },
  sourcesTracked: {
    name: 'xdp_sources_tracked',
    otelName: 'xdp.sources.tracked',
    unit: '{source}',
    type: 'gauge',
    help: 'Source addresses that are in the table now.',
    labels: ['device'],
  },
  sourcesEvicted: {
    name: 'xdp_sources_evicted_total',
    otelName: 'xdp.sources.evicted',
    unit: '{source}',
    type: 'counter',
    help: 'Source addresses that were removed from the table to make room for others. A high rate means that the table is too small for the traffic.',
    labels: ['device'],
  },
} as const satisfies Record<string, MetricDefinition>;

function read({ slots, recorder }: Reading): SourcesPart | undefined {
  if (recorder?.sources === undefined) {
    return undefined;
  }
  return slots.map((slot) => (slot === undefined ? undefined : recorder.sources?.(slot)));
}

function families(part: SourcesPart, context: FamilyContext): readonly Family[] {
  const { packets, bytes } = sourceSamples(part, context);
  return [
    family(METRICS.sourcePackets, packets),
    family(METRICS.sourceBytes, bytes),
    family(METRICS.sourcesTracked, tableSamples(part, context, 'tracked')),
    family(METRICS.sourcesEvicted, tableSamples(part, context, 'evicted')),
  ];
}

const OTHER = 'other';

interface SourceLabels {
  of(address: string): Labels;
  /** Attackers make addresses up: lets go of all where most of them belong to sources that went. */
  trim(present: number): void;
}

const labelsOf = perDevice((device): SourceLabels => {
  const cache = new Map<string, Labels>();
  return {
    of(address) {
      let labels = cache.get(address);
      if (labels === undefined) {
        labels = { ...device, source_address: address };
        cache.set(address, labels);
      }
      return labels;
    },
    trim(present) {
      if (cache.size > 2 * present) {
        cache.clear();
      }
    },
  };
});

/** Both families in one loop, so that their labels are looked up once. */
function sourceSamples(
  part: SourcesPart,
  { devices }: FamilyContext,
): Readonly<Record<'packets' | 'bytes', readonly ScalarSample[]>> {
  const packets: ScalarSample[] = [];
  const bytes: ScalarSample[] = [];
  const add = (labels: Labels, startedAtMs: number | undefined, counts: SourceCounts) => {
    packets.push({ labels, startedAtMs, value: counts.packets });
    bytes.push({ labels, startedAtMs, value: counts.bytes });
  };
  for (const [index, { device, labels }] of devices.entries()) {
    const snapshot = part[index];
    if (snapshot !== undefined) {
      const addresses = labelsOf(labels);
      addresses.trim(snapshot.sources.length + 1);
      for (const source of snapshot.sources) {
        add(addresses.of(source.address), source.startedAtMs, source);
      }
      add(addresses.of(OTHER), device.startedAtMs, snapshot.other);
    }
  }
  return { packets, bytes };
}

function tableSamples(
  part: SourcesPart,
  context: FamilyContext,
  quantity: 'tracked' | 'evicted',
): readonly ScalarSample[] {
  return deviceSamples(part, context, (samples, sources, { device: { startedAtMs }, labels }) => {
    samples.push({ labels, startedAtMs, value: sources[quantity] });
  });
}

export const sources = {
  name: 'sources',
  metrics: METRICS,
  read,
  families,
} as const satisfies Collector<'sources', SourcesPart>;
