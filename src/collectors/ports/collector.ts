// SPDX-License-Identifier: Apache-2.0
// Packets and bytes by protocol and destination port: the largest ports, and all others as one.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family } from '../../metrics/family.ts';
import type { Collector, FamilyContext } from '../collector.ts';
import { createTopSamples, OTHER, readTopList, type TopListPart } from '../top-series.ts';

const BY_PORT =
  'The largest ports have their own series; all other frames, including those without a port, count as ' +
  'protocol="other", port="other".';

const METRICS = {
  portPackets: {
    name: 'xdp_port_packets_total',
    otelName: 'xdp.port.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by protocol and destination port. ${BY_PORT}`,
    labels: ['device', 'protocol', 'port'],
  },
  portBytes: {
    name: 'xdp_port_bytes_total',
    otelName: 'xdp.port.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by protocol and destination port. ${BY_PORT}`,
    labels: ['device', 'protocol', 'port'],
  },
} as const satisfies Record<string, MetricDefinition>;

/** @param key such as "udp/53" */
const samplesOf = createTopSamples((device, key) => {
  const [protocol = OTHER, port = OTHER] = key.split('/');
  return { ...device, protocol, port };
});

function families(part: TopListPart, context: FamilyContext): readonly Family[] {
  const { packets, bytes } = samplesOf(part, context);
  return [family(METRICS.portPackets, packets), family(METRICS.portBytes, bytes)];
}

export const ports = {
  name: 'ports',
  metrics: METRICS,
  read: (reading) => readTopList('ports', reading),
  families,
} as const satisfies Collector<'ports', TopListPart>;
