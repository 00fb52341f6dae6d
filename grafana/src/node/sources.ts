// SPDX-License-Identifier: Apache-2.0
// The row "Top sources".
import { METRICS } from '../../../src/metrics/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { NAMED, rate, series } from '../query.ts';
import { createTable } from '../tables.ts';

const HALF = { width: 12, height: 9 };

export const sources: Section = {
  title: 'Top sources',
  panels: [
    createTable({
      title: 'Largest sources',
      description:
        'Source addresses by packets a second now; "other" is all that have no series of their own. An estimate while packets are sampled.',
      size: HALF,
      labels: { device: 'Device', source_address: 'Source' },
      columns: [
        {
          expr: `sum by (device, source_address) (${rate(METRICS.sourcePackets)})`,
          title: 'Packets',
          unit: 'pps',
        },
        {
          expr: `sum by (device, source_address) (${rate(METRICS.sourceBytes)}) * 8`,
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
          expr: `topk(10, sum by (source_address) (${rate(METRICS.sourcePackets, NAMED)}))`,
          legend: '{{source_address}}',
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
          expr: `topk(10, sum by (source_address) (${rate(METRICS.sourceBytes, NAMED)}) * 8)`,
          legend: '{{source_address}}',
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
          expr: `sum by (device) (${series(METRICS.sourcesTracked)})`,
          legend: '{{device}} tracked',
        },
        {
          expr: `sum by (device) (${rate(METRICS.sourcesEvicted)})`,
          legend: '{{device}} evicted a second',
        },
      ],
    }),
  ],
};
