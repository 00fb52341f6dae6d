// SPDX-License-Identifier: Apache-2.0
// Packets and bytes by whom they go to: the largest destinations, and all others as one.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family } from '../../metrics/family.ts';
import type { Collector, FamilyContext } from '../collector.ts';
import { createTopSamples, readTopList, type TopListPart } from '../top-series.ts';

const BY_DESTINATION =
  'The largest destinations have their own series, as many as --top.destinations; all other frames count as ' +
  'destination_address="other".';

const METRICS = {
  destinationPackets: {
    name: 'xdp_destination_packets_total',
    otelName: 'xdp.destination.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by destination address. ${BY_DESTINATION}`,
    labels: ['device', 'destination_address'],
  },
  destinationBytes: {
    name: 'xdp_destination_bytes_total',
    otelName: 'xdp.destination.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by destination address. ${BY_DESTINATION}`,
    labels: ['device', 'destination_address'],
  },
} as const satisfies Record<string, MetricDefinition>;

const samplesOf = createTopSamples((device, key) => ({ ...device, destination_address: key }));

function families(part: TopListPart, context: FamilyContext): readonly Family[] {
  const { packets, bytes } = samplesOf(part, context);
  return [family(METRICS.destinationPackets, packets), family(METRICS.destinationBytes, bytes)];
}

export const destinations = {
  name: 'destinations',
  metrics: METRICS,
  read: (reading) => readTopList('destinations', reading),
  families,
} as const satisfies Collector<'destinations', TopListPart>;
