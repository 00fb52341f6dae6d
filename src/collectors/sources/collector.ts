// SPDX-License-Identifier: Apache-2.0
// Packets and bytes by who sent them: the largest sources, and all others as one.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../../metrics/family.ts';
import { processStart } from '../../snapshot/device.ts';
import type { Collector, FamilyContext } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';
import { createTopSamples, readTopList, type TopListPart } from '../top-series.ts';

const BY_SOURCE =
  'The largest sources have their own series; all other frames, including non-IP frames, count as ' +
  'source_address="other", so the rates add up to all decoded frames. With sampling, a record counts for all frames ' +
  'since the previous record.';

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
    help: 'Source addresses currently in the table.',
    labels: ['device'],
  },
  sourcesEvicted: {
    name: 'xdp_sources_evicted_total',
    otelName: 'xdp.sources.evicted',
    unit: '{source}',
    type: 'counter',
    help: 'Source addresses that were evicted from the table. A high rate means that the table is too small for the traffic.',
    labels: ['device'],
  },
} as const satisfies Record<string, MetricDefinition>;

const samplesOf = createTopSamples((device, key) => ({ ...device, source_address: key }));

function families(part: TopListPart, context: FamilyContext): readonly Family[] {
  const { packets, bytes } = samplesOf(part, context);
  return [
    family(METRICS.sourcePackets, packets),
    family(METRICS.sourceBytes, bytes),
    family(METRICS.sourcesTracked, tableSamples(part, context, 'tracked')),
    family(METRICS.sourcesEvicted, tableSamples(part, context, 'evicted')),
  ];
}

function tableSamples(
  part: TopListPart,
  context: FamilyContext,
  quantity: 'tracked' | 'evicted',
): readonly ScalarSample[] {
  return deviceSamples(part, context, (samples, sources, { device, labels }) => {
    samples.push({ labels, startedAtMs: processStart(device), value: sources[quantity] });
  });
}

export const sources = {
  name: 'sources',
  metrics: METRICS,
  read: (reading) => readTopList('sources', reading),
  families,
} as const satisfies Collector<'sources', TopListPart>;
