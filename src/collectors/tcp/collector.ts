// SPDX-License-Identifier: Apache-2.0
// Packets of TCP by the flags that begin and end connections: a flood of SYNs and a wave of resets show here.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family } from '../../metrics/family.ts';
import { AS_SEEN } from '../../metrics/help.ts';
import { perDevice } from '../../metrics/labels.ts';
import { TCP_FLAG_SETS } from '../../snapshot/packet-class.ts';
import type { Collector, FamilyContext, Reading } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';
import { deviceValues } from '../device-values.ts';
import { packetsByTcpFlags } from '../packet-classes.ts';

/** Of one device since it was first attached; counted in the kernel, and exact whatever the sampling. */
interface TcpPackets {
  /** By `TCP_FLAG_SETS`; each packet of TCP is in one. */
  readonly packets: Float64Array;
}

export type TcpPart = readonly (TcpPackets | undefined)[];

const METRICS = {
  tcpPackets: {
    name: 'xdp_tcp_packets_total',
    otelName: 'xdp.tcp.packets',
    unit: '{packet}',
    type: 'counter',
    help: `TCP frames by flags, exact even while frames are sampled. ${AS_SEEN}`,
    labels: ['device', 'flags'],
    values: {
      flags: {
        syn: 'SYN without ACK: a new connection.',
        synack: 'SYN and ACK: the connection is accepted.',
        rst: 'RST, with any other flags: the connection is refused or reset.',
        fin: 'FIN, without SYN or RST: the connection is closed.',
        other: 'None of these flags, or a fragment without a TCP header.',
      },
    },
  },
} as const satisfies Record<string, MetricDefinition>;

/** Programs look into packets only where the logger is on. */
function read(reading: Reading): TcpPart | undefined {
  if (reading.recorder === undefined) {
    return undefined;
  }
  const values = reading.values();
  return deviceValues(reading, values, (start) => ({ packets: packetsByTcpFlags(values, start) }));
}

const flagLabels = perDevice((device) => TCP_FLAG_SETS.map((flags) => ({ ...device, flags })));

function families(part: TcpPart, context: FamilyContext): readonly Family[] {
  const samples = deviceSamples(part, context, (all, { packets }, { device, labels: ofDevice }) => {
    for (const [index, labels] of flagLabels(ofDevice).entries()) {
      all.push({ labels, startedAtMs: device.startedAtMs, value: packets[index] ?? 0 });
    }
  });
  return [family(METRICS.tcpPackets, samples)];
}

export const tcp = {
  name: 'tcp',
  metrics: METRICS,
  read,
  families,
} as const satisfies Collector<'tcp', TcpPart>;
