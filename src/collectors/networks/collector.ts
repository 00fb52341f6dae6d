// SPDX-License-Identifier: Apache-2.0
// Packets and bytes by the network that they come from: those that a file names, and all others as one.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family } from '../../metrics/family.ts';
import type { Collector, FamilyContext } from '../collector.ts';
import { createTopSamples, readTopList, type TopListPart } from '../top-series.ts';

const BY_NETWORK =
  'The longest prefix in the file of --top.networks-file that contains the source address decides; all other frames ' +
  'count as network="other". Absent without the file.';

const METRICS = {
  networkPackets: {
    name: 'xdp_network_packets_total',
    otelName: 'xdp.network.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by named source network. ${BY_NETWORK}`,
    labels: ['device', 'network'],
  },
  networkBytes: {
    name: 'xdp_network_bytes_total',
    otelName: 'xdp.network.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by named source network. ${BY_NETWORK}`,
    labels: ['device', 'network'],
  },
} as const satisfies Record<string, MetricDefinition>;

const samplesOf = createTopSamples((device, key) => ({ ...device, network: key }));

function families(part: TopListPart, context: FamilyContext): readonly Family[] {
  const { packets, bytes } = samplesOf(part, context);
  return [family(METRICS.networkPackets, packets), family(METRICS.networkBytes, bytes)];
}

export const networks = {
  name: 'networks',
  metrics: METRICS,
  read: (reading) => readTopList('networks', reading),
  families,
} as const satisfies Collector<'networks', TopListPart>;
