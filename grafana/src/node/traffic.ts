// SPDX-License-Identifier: Apache-2.0
// The rows "Devices", "CPUs", "Packet sizes" and "Protocols".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createHeatmap, createStack, createTimeSeries } from '../panels.ts';
import { histogramRate, rate, series, skew, VERDICTS_OF } from '../query.ts';
import { createTable } from '../tables.ts';

const HALF = { width: 12, height: 9 };
const THIRD = { width: 8, height: 9 };

export const devices: Section = {
  title: 'Devices',
  panels: [
    createTable({
      title: 'Programs',
      description:
        "The XDP program on each device whose verdicts are counted: the exporter's own, attached, or another's, observed. The tag is a digest of its instructions; the id is new after each load.",
      size: { width: 24, height: 5 },
      labels: {
        instance: 'Instance',
        netns: 'Namespace',
        device: 'Device',
        role: 'Role',
        mode: 'Mode',
        program: 'Program',
        id: 'Id',
        tag: 'Tag',
      },
      columns: [
        {
          expr: `max by (instance, netns, device, role, mode, program, id, tag) (${series(METRICS.programInfo)})`,
          title: 'Counted',
          unit: 'bool_yes_no',
        },
      ],
    }),
    createTimeSeries({
      title: 'Packets by device and verdict',
      description: `Packets a second. Verdicts that do not occur are left out. ${VERDICTS_OF}`,
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `sum by (instance, netns, device, action) (${rate(METRICS.packets)}) > 0`,
          legend: '{{instance}} {{netns}} {{device}} {{action}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Traffic by device and verdict',
      description: 'Bits a second, Ethernet header included, FCS not.',
      unit: 'bps',
      size: HALF,
      queries: [
        {
          expr: `sum by (instance, netns, device, action) (${rate(METRICS.bytes)}) * 8 > 0`,
          legend: '{{instance}} {{netns}} {{device}} {{action}}',
        },
      ],
    }),
  ],
};

export const cpus: Section = {
  title: 'CPUs',
  panels: [
    createHeatmap(
      {
        title: 'Packets by CPU',
        description: 'Packets a second that each CPU handled, one row for each CPU of each node.',
        unit: 'pps',
        size: HALF,
        queries: [
          {
            expr: `sum by (instance, cpu) (${rate(METRICS.cpuPackets)})`,
            legend: '{{instance}} CPU {{cpu}}',
          },
        ],
      },
      { unit: 'short', kind: 'series' },
    ),
    createTimeSeries({
      title: 'CPU skew by device',
      description:
        '0: all CPUs handle as much as the others. Above 0.5: one handles more than half. 1: it handles all, and drops frames when it is full. About 1/q where q queues share alike among many CPUs.',
      unit: 'percentunit',
      size: HALF,
      max: 1,
      queries: [
        {
          expr: skew(METRICS.cpuPackets, 'instance, netns, device'),
          legend: '{{instance}} {{netns}} {{device}}',
        },
      ],
    }),
  ],
};

export const sizes: Section = {
  title: 'Packet sizes',
  panels: [
    createHeatmap(
      {
        title: 'Packets by length',
        description:
          'Packets a second by frame length, without FCS; each row ends at the length that it names.',
        unit: 'pps',
        size: HALF,
        queries: [
          {
            expr: `sum by (le) (${histogramRate(METRICS.packetSize, 'bucket')})`,
            legend: '{{le}}',
          },
        ],
      },
      { unit: 'bytes', kind: 'buckets' },
    ),
    createTimeSeries({
      title: 'Length of packets',
      description:
        'Mean, and the lengths that 50 % and 99 % of the packets do not exceed, estimated from the powers of two.',
      unit: 'bytes',
      size: HALF,
      queries: [
        {
          expr: `sum by (instance, netns, device) (${histogramRate(METRICS.packetSize, 'sum')}) / (sum by (instance, netns, device) (${histogramRate(METRICS.packetSize, 'count')}) > 0)`,
          legend: '{{instance}} {{netns}} {{device}} mean',
        },
        ...[0.5, 0.99].map((share) => ({
          expr: `histogram_quantile(${share}, sum by (instance, netns, device, le) (${histogramRate(METRICS.packetSize, 'bucket')}))`,
          legend: `{{instance}} {{netns}} {{device}} ${share * 100} %`,
        })),
      ],
    }),
  ],
};

export const protocols: Section = {
  title: 'Protocols',
  panels: [
    createStack({
      title: 'Packets by protocol',
      description: 'Packets a second, counted in the kernel: exact whatever the sampling.',
      unit: 'pps',
      size: THIRD,
      queries: [
        {
          expr: `sum by (family, protocol) (${rate(METRICS.protocolPackets)}) > 0`,
          legend: '{{family}} {{protocol}}',
        },
      ],
    }),
    createStack({
      title: 'Traffic by protocol',
      description: 'Bits a second, counted in the kernel: exact whatever the sampling.',
      unit: 'bps',
      size: THIRD,
      queries: [
        {
          expr: `sum by (family, protocol) (${rate(METRICS.protocolBytes)}) * 8 > 0`,
          legend: '{{family}} {{protocol}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Malformed packets',
      description:
        'Packets a second whose headers are cut off or contradict themselves, by reason. They are passed on like all others.',
      unit: 'pps',
      size: THIRD,
      queries: [
        {
          expr: `sum by (reason) (${rate(METRICS.malformedPackets)})`,
          legend: '{{reason}}',
        },
      ],
    }),
  ],
};
