// SPDX-License-Identifier: Apache-2.0
// The rows "Exporter", whether it works and what it takes, and "OTLP".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { foreignSeries, rate, series } from '../query.ts';
import { createTable } from '../tables.ts';

const THIRD = { width: 8, height: 8 };

export const exporter: Section = {
  title: 'Exporter',
  collapsed: true,
  panels: [
    createTable({
      title: 'Versions',
      description: 'Versions of xdp-exporter and Node.js.',
      size: THIRD,
      labels: { instance: 'Instance', version: 'Version', node_version: 'Node.js' },
      columns: [
        {
          expr: `max by (instance, version, node_version) (${series(METRICS.buildInfo)})`,
          title: 'Runs',
          unit: 'bool_yes_no',
        },
      ],
    }),
    createTimeSeries({
      title: 'Up',
      description:
        'Scraped by Prometheus, each device counted, each collector successful: 1 for yes, 0 for no.',
      unit: 'bool_yes_no',
      size: THIRD,
      max: 1,
      queries: [
        { expr: `min by (instance) (${foreignSeries('up')})`, legend: '{{instance}} scraped' },
        {
          expr: `min by (instance, netns, device) (${series(METRICS.deviceUp)})`,
          legend: '{{instance}} {{netns}} {{device}} counted',
        },
        {
          expr: `min by (instance, collector) (${series(METRICS.collectorSuccess)})`,
          legend: '{{instance}} {{collector}} successful',
        },
      ],
    }),
    createTimeSeries({
      title: 'Time to read the kernel',
      description: 'Duration of each collector in the last scrape.',
      unit: 's',
      size: THIRD,
      queries: [
        {
          expr: `max by (instance, collector) (${series(METRICS.collectorDuration)})`,
          legend: '{{instance}} {{collector}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'CPU',
      description:
        'Of each process of the exporter: the engine reads the kernel, the wire serves. 1 is one CPU all the time.',
      unit: 'short',
      size: THIRD,
      queries: [
        {
          expr: `max by (instance, process) (${rate(METRICS.processCpu)})`,
          legend: '{{instance}} {{process}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Memory',
      description:
        'Resident bytes of each process of the exporter, and the rings by which the kernel hands over records.',
      unit: 'bytes',
      size: THIRD,
      queries: [
        {
          expr: `max by (instance, process) (${series(METRICS.processMemory)})`,
          legend: '{{instance}} {{process}}',
        },
        {
          expr: `sum by (instance) (${series(METRICS.ringSize)})`,
          legend: '{{instance}} rings',
        },
      ],
    }),
    createTimeSeries({
      title: 'Event loop lag',
      description:
        'How late the process that serves is, 99th percentile. The process that reads the rings is another one and not held up by it.',
      unit: 's',
      size: THIRD,
      queries: [
        {
          expr: `max by (instance) (${foreignSeries('nodejs_eventloop_lag_p99_seconds')})`,
          legend: '{{instance}}',
        },
      ],
    }),
  ],
};

export const otlp: Section = {
  title: 'OTLP (if enabled)',
  collapsed: true,
  panels: [
    createTimeSeries({
      title: 'OTLP requests by outcome',
      description:
        'Requests a minute to the OTLP endpoint. failure: it took nothing of them, after all retries.',
      unit: 'short',
      size: { width: 24, height: 7 },
      queries: [
        {
          expr: `sum by (instance, outcome) (${rate(METRICS.otlpExports)}) * 60`,
          legend: '{{instance}} {{outcome}}',
        },
      ],
    }),
  ],
};
