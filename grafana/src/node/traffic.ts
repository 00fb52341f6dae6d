// SPDX-License-Identifier: Apache-2.0
// The rows "Devices", "CPUs and queues", "Packet sizes" and "Protocols".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createHeatmap, createStack, createTimeSeries } from '../panels.ts';
import { histogramRate, once, rate, series, skew, VERDICTS_OF } from '../query.ts';
import { createTable } from '../tables.ts';

const HALF = { width: 12, height: 9 };
const HALF_LOW = { width: 12, height: 6 };
const THIRD = { width: 8, height: 9 };

const DEVICE = 'instance, netns, device';

export const devices: Section = {
  title: 'Devices',
  panels: [
    createTable({
      title: 'Programs',
      description:
        "The XDP program on each device whose verdicts are counted: the exporter's own, attached, or another's, observed. The tag is a digest of its instructions; the id is new after each load.",
      size: HALF_LOW,
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
    createTable({
      title: 'Hardware',
      description:
        'The driver of each device, its MTU, its queues, the speed of its link, and how much of that is in use now.',
      size: HALF_LOW,
      labels: {
        instance: 'Instance',
        netns: 'Namespace',
        device: 'Device',
        driver: 'Driver',
        mtu: 'MTU',
        rx_queues: 'Queues',
        speed: 'Mb/s',
      },
      columns: [
        {
          expr: `max by (${DEVICE}, driver, mtu, rx_queues, speed) (${series(METRICS.deviceInfo)})`,
          title: 'There',
          unit: 'bool_yes_no',
        },
        {
          expr: `sum by (${DEVICE}) (${rate(METRICS.bytes)}) / on (${DEVICE}) group_right sum by (${DEVICE}, driver, mtu, rx_queues, speed) (${series(METRICS.deviceSpeedBytes)} * on (${DEVICE}) group_right ${series(METRICS.deviceInfo)})`,
          title: 'In use',
          unit: 'percentunit',
        },
      ],
    }),
    createTimeSeries({
      title: 'Packets by device and verdict',
      description: `Packets per second. Verdicts that do not occur are not shown. ${VERDICTS_OF}`,
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
      description: 'Bits per second, including the Ethernet header, without the FCS.',
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
  title: 'CPUs and queues',
  collapsed: true,
  panels: [
    createHeatmap(
      {
        title: 'Packets by CPU',
        description: 'Packets per second that each CPU handled, one row per CPU of each node.',
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
        '0: all queues and CPUs that the device can use handle as much as the others. 1: one handles all, and drops frames when it is full. No value where there is one.',
      unit: 'percentunit',
      size: HALF,
      max: 1,
      queries: [
        {
          expr: skew(METRICS.cpuPackets, METRICS.deviceRxQueues),
          legend: '{{instance}} {{netns}} {{device}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Packets by queue',
      description:
        'Packets a second of each receive queue, of the twenty largest. One line far above the others: the card does not spread flows, or there is one flow.',
      unit: 'pps',
      size: { width: 24, height: 8 },
      queries: [
        {
          expr: `topk(20, sum by (${DEVICE}, queue) (${rate(METRICS.queuePackets)}))`,
          legend: '{{instance}} {{netns}} {{device}} queue {{queue}}',
        },
      ],
    }),
  ],
};

export const sizes: Section = {
  title: 'Packet sizes',
  collapsed: true,
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
            expr: `sum by (le) (${once(histogramRate(METRICS.packetSize, 'bucket'))})`,
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
  collapsed: true,
  panels: [
    createStack({
      title: 'Packets by protocol',
      description: 'Packets per second, counted in the kernel: exact at any sampling interval.',
      unit: 'pps',
      size: THIRD,
      queries: [
        {
          expr: `sum by (family, protocol) (${once(rate(METRICS.protocolPackets))}) > 0`,
          legend: '{{family}} {{protocol}}',
        },
      ],
    }),
    createStack({
      title: 'Traffic by protocol',
      description: 'Bits per second, counted in the kernel: exact at any sampling interval.',
      unit: 'bps',
      size: THIRD,
      queries: [
        {
          expr: `sum by (family, protocol) (${once(rate(METRICS.protocolBytes))}) * 8 > 0`,
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
          expr: `sum by (reason) (${once(rate(METRICS.malformedPackets))})`,
          legend: '{{reason}}',
        },
      ],
    }),
  ],
};
