// SPDX-License-Identifier: Apache-2.0
// The row "Attack": who, to what, with which flags, from which network, and how much more than a week ago.
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { MetricDefinition } from '../../../src/metrics/definition.ts';
import type { Section } from '../dashboard.ts';
import { createStack, createTimeSeries } from '../panels.ts';
import { increase, NAMED, once, rate, rateLastWeek, series } from '../query.ts';
import { createTable } from '../tables.ts';

const THIRD = { width: 8, height: 8 };
const HALF = { width: 12, height: 9 };

const DEVICE = 'instance, netns, device';
const DEVICE_LEGEND = '{{instance}} {{netns}} {{device}}';

interface TopList {
  readonly title: string;
  readonly description: string;
  /** Labels of the list's own, and their titles. */
  readonly labels: Readonly<Record<string, string>>;
  readonly packets: MetricDefinition;
  readonly bytes: MetricDefinition;
}

/** The fifty largest over all that is shown. */
function createTopTable({ title, description, labels, packets, bytes }: TopList) {
  const by = `${DEVICE}, ${Object.keys(labels).join(', ')}`;
  const largest = `topk(50, sum by (${by}) (${increase(packets)}))`;
  return createTable({
    title,
    description: `${description} By packets in the selected time range; "other" is everything without its own series. An estimate while packets are sampled.`,
    size: HALF,
    labels: { instance: 'Instance', netns: 'Namespace', device: 'Device', ...labels },
    columns: [
      { expr: largest, title: 'Packets', unit: 'short' },
      {
        expr: `sum by (${by}) (${increase(bytes)}) and on (${by}) ${largest}`,
        title: 'Bytes',
        unit: 'bytes',
      },
    ],
  });
}

export const attack: Section = {
  title: 'Attack',
  panels: [
    createTimeSeries({
      title: 'Packets against last week',
      description: 'Packets per second of each device, now and a week before.',
      unit: 'pps',
      size: THIRD,
      queries: [
        {
          expr: `sum by (${DEVICE}) (${rate(METRICS.packets)})`,
          legend: `${DEVICE_LEGEND} now`,
        },
        {
          expr: `sum by (${DEVICE}) (${rateLastWeek(METRICS.packets)})`,
          legend: `${DEVICE_LEGEND} a week ago`,
        },
      ],
    }),
    createTimeSeries({
      title: 'Largest bursts against last week',
      description:
        'The most packets within 10 ms and within a second in the last minute, and within 10 ms a week before: bursts that no rate shows. No value while packets are sampled.',
      unit: 'short',
      size: THIRD,
      queries: [
        {
          expr: `max by (${DEVICE}, window) (${series(METRICS.peakPackets)})`,
          legend: `${DEVICE_LEGEND} in {{window}}`,
        },
        {
          expr: `max by (${DEVICE}) (${series(METRICS.peakPackets, 'window="10ms"')} offset 1w)`,
          legend: `${DEVICE_LEGEND} in 10ms a week ago`,
        },
      ],
    }),
    createStack({
      title: 'TCP packets by flags',
      description:
        'Packets per second, counted in the kernel: exact at any sampling interval. syn: without ACK, a connection is asked for. rst: refused or broken off.',
      unit: 'pps',
      size: THIRD,
      queries: [
        { expr: `sum by (flags) (${once(rate(METRICS.tcpPackets))})`, legend: '{{flags}}' },
      ],
    }),
    createTopTable({
      title: 'Largest sources',
      description: 'Who sends.',
      labels: { source_address: 'Source' },
      packets: METRICS.sourcePackets,
      bytes: METRICS.sourceBytes,
    }),
    createTopTable({
      title: 'Largest ports',
      description: 'To what service.',
      labels: { protocol: 'Protocol', port: 'Port' },
      packets: METRICS.portPackets,
      bytes: METRICS.portBytes,
    }),
    createTimeSeries({
      title: 'Packets by source',
      description: 'Packets per second of the ten largest sources.',
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance, source_address) (${once(rate(METRICS.sourcePackets, NAMED))}))`,
          legend: '{{instance}} {{source_address}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Packets by port',
      description: 'Packets per second to the ten largest destination ports.',
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance, protocol, port) (${once(rate(METRICS.portPackets, 'port!="other"'))}))`,
          legend: '{{instance}} {{protocol}} {{port}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Share of SYNs',
      description:
        'Share of the TCP packets that ask for a new connection. Where connections are used, most packets belong to one.',
      unit: 'percentunit',
      size: HALF,
      max: 1,
      queries: [
        {
          expr: `sum by (${DEVICE}) (${rate(METRICS.tcpPackets, 'flags="syn"')}) / (sum by (${DEVICE}) (${rate(METRICS.tcpPackets)}) > 0)`,
          legend: DEVICE_LEGEND,
        },
      ],
    }),
    createTimeSeries({
      title: 'Sources in the table',
      description:
        'Addresses that are kept track of, and how many a second lose their place to others. Many lose it where the table is too small, or under an attack from made-up addresses.',
      unit: 'short',
      size: HALF,
      queries: [
        {
          expr: `sum by (${DEVICE}) (${series(METRICS.sourcesTracked)})`,
          legend: `${DEVICE_LEGEND} tracked`,
        },
        {
          expr: `sum by (${DEVICE}) (${rate(METRICS.sourcesEvicted)})`,
          legend: `${DEVICE_LEGEND} evicted a second`,
        },
      ],
    }),
    createTopTable({
      title: 'Largest destinations',
      description: 'By destination address. Needs --top.destinations, which is off by default.',
      labels: { destination_address: 'Destination' },
      packets: METRICS.destinationPackets,
      bytes: METRICS.destinationBytes,
    }),
    createTopTable({
      title: 'Networks',
      description: 'By named source network. Needs --top.networks-file, which is off by default.',
      labels: { network: 'Network' },
      packets: METRICS.networkPackets,
      bytes: METRICS.networkBytes,
    }),
  ],
};
