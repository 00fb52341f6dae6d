// SPDX-License-Identifier: Apache-2.0
// The row "Top sources".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { NAMED, rate, series } from '../query.ts';
import { createTable } from '../tables.ts';

const HALF = { width: 12, height: 9 };

const LARGEST = `topk(50, sum by (instance, netns, device, source_address) (${rate(METRICS.sourcePackets)}))`;

export const sources: Section = {
  title: 'Top sources',
  panels: [
    createTable({
      title: 'Largest sources',
      description:
        'The fifty largest by packets a second now; "other" is all of a device that have no series of their own. An estimate while packets are sampled.',
      size: HALF,
      labels: {
        instance: 'Instance',
        netns: 'Namespace',
        device: 'Device',
        source_address: 'Source',
      },
      columns: [
        {
          expr: LARGEST,
          title: 'Packets',
          unit: 'pps',
        },
        {
          expr: `sum by (instance, netns, device, source_address) (${rate(METRICS.sourceBytes)}) * 8 and on (instance, netns, device, source_address) ${LARGEST}`,
          title: 'Traffic',
          unit: 'bps',
        },
      ],
    }),
    createTimeSeries({
      title: 'Packets by source',
      description: 'Packets a second of the ten largest sources.',
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance, source_address) (${rate(METRICS.sourcePackets, NAMED)}))`,
          legend: '{{instance}} {{source_address}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Traffic by source',
      description: 'Bits a second of the ten largest sources.',
      unit: 'bps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance, source_address) (${rate(METRICS.sourceBytes, NAMED)}) * 8)`,
          legend: '{{instance}} {{source_address}}',
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
          expr: `sum by (instance, netns, device) (${series(METRICS.sourcesTracked)})`,
          legend: '{{instance}} {{netns}} {{device}} tracked',
        },
        {
          expr: `sum by (instance, netns, device) (${rate(METRICS.sourcesEvicted)})`,
          legend: '{{instance}} {{netns}} {{device}} evicted a second',
        },
      ],
    }),
  ],
};
