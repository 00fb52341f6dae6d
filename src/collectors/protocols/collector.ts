// SPDX-License-Identifier: Apache-2.0
// What packets are: by IP family and protocol, and by what is wrong with their headers.
import { DEVICE } from '../../kernel/layout.ts';
import { sumsOverCpus } from '../../kernel/per-cpu-values.ts';
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../../metrics/family.ts';
import { AS_SEEN } from '../../metrics/help.ts';
import { perDevice } from '../../metrics/labels.ts';
import { FAMILIES, MALFORMED_REASONS, PROTOCOLS } from '../../snapshot/packet-class.ts';
import type { Collector, FamilyContext, Reading } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';
import { deviceValues, wordOf } from '../device-values.ts';
import { countsByProtocol } from '../packet-classes.ts';

/** Of one device since it was first attached; counted in the kernel, and exact whatever the sampling. */
export interface Protocols {
  /** By family x protocol: `[family * PROTOCOLS.length + protocol]`. */
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** Packets by `MALFORMED_REASONS`; the first one is always zero. */
  readonly malformed: Float64Array;
}

export type ProtocolsPart = readonly (Protocols | undefined)[];

const METRICS = {
  protocolPackets: {
    name: 'xdp_protocol_packets_total',
    otelName: 'xdp.protocol.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by IP family and protocol, exact even while frames are sampled. ${AS_SEEN}`,
    labels: ['device', 'family', 'protocol'],
  },
  protocolBytes: {
    name: 'xdp_protocol_bytes_total',
    otelName: 'xdp.protocol.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by IP family and protocol, exact even while frames are sampled. ${AS_SEEN}`,
    labels: ['device', 'family', 'protocol'],
  },
  malformedPackets: {
    name: 'xdp_malformed_packets_total',
    otelName: 'xdp.malformed.packets',
    unit: '{packet}',
    type: 'counter',
    help: 'Frames whose headers are truncated or inconsistent, by reason. They are passed like all others.',
    labels: ['device', 'reason'],
    values: {
      reason: {
        truncated_link: 'The frame ends within the link header or its tags.',
        truncated_network: 'The frame ends within the IP header or its extensions.',
        wrong_version:
          'The version in the IP header does not match the link header, or is undefined.',
        wrong_header_length: 'The header is shorter than an IPv4 header can be.',
        wrong_total_length:
          'The length in the IP header is less than the header, or more than the frame.',
        too_many_extensions: 'There are more IPv6 extension headers than the parser follows.',
        truncated_transport: 'The frame ends within the header of its protocol.',
      },
    },
  },
} as const satisfies Record<string, MetricDefinition>;

const MALFORMED = wordOf('malformed');
const REASONS = DEVICE.lengths.malformed;

/** Programs look into packets only where the logger is on. */
function read(reading: Reading): ProtocolsPart | undefined {
  if (reading.recorder === undefined) {
    return undefined;
  }
  const values = reading.values();
  return deviceValues(reading, values, (start) => ({
    packets: countsByProtocol(values, start, 'packets'),
    bytes: countsByProtocol(values, start, 'bytes'),
    malformed: sumsOverCpus(values, start + MALFORMED, REASONS),
  }));
}

function families(part: ProtocolsPart, context: FamilyContext): readonly Family[] {
  return [
    family(METRICS.protocolPackets, classSamples(part, context, 'packets')),
    family(METRICS.protocolBytes, classSamples(part, context, 'bytes')),
    family(METRICS.malformedPackets, malformedSamples(part, context)),
  ];
}

/** Every protocol of IPv4 and IPv6; of what is neither, no protocol is known. */
const CLASSES = FAMILIES.flatMap((family, familyIndex) =>
  PROTOCOLS.filter((protocol) => family !== 'other' || protocol === 'other').map((protocol) => ({
    family,
    protocol,
    index: familyIndex * PROTOCOLS.length + PROTOCOLS.indexOf(protocol),
  })),
);

const classLabels = perDevice((device) =>
  CLASSES.map(({ family, protocol, index }) => ({
    labels: { ...device, family, protocol },
    index,
  })),
);

function classSamples(
  part: ProtocolsPart,
  context: FamilyContext,
  quantity: 'packets' | 'bytes',
): readonly ScalarSample[] {
  return deviceSamples(part, context, (samples, protocols, { device, labels: ofDevice }) => {
    for (const { labels, index } of classLabels(ofDevice)) {
      const value = protocols[quantity][index] ?? 0;
      samples.push({ labels, startedAtMs: device.startedAtMs, value });
    }
  });
}

const reasonLabels = perDevice((device) =>
  MALFORMED_REASONS.map((reason) => ({ ...device, reason })),
);

function malformedSamples(part: ProtocolsPart, context: FamilyContext): readonly ScalarSample[] {
  return deviceSamples(part, context, (samples, { malformed }, { device, labels: ofDevice }) => {
    for (const [reason, labels] of reasonLabels(ofDevice).entries()) {
      if (reason > 0) {
        samples.push({
          labels,
          startedAtMs: device.startedAtMs,
          value: malformed[reason] ?? 0,
        });
      }
    }
  });
}

export const protocols = {
  name: 'protocols',
  metrics: METRICS,
  read,
  families,
} as const satisfies Collector<'protocols', ProtocolsPart>;
