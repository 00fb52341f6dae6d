// SPDX-License-Identifier: Apache-2.0
// The row "Top sources".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { NAMED, rate, series } from '../query.ts';
import { createTable } from '../tables.ts';

const HALF = { width: 12, height: 9 };

const LARGEST = `topk(20, sum by (source_address) (${rate(METRICS.sourcePackets, NAMED)}))`;

export const sources: Section = {
  title: 'Top sources',
  panels: [
    createTable({
      title: 'Largest sources over all nodes',
      description:
        'Source addresses by packets a second now, and on how many nodes they are at the top. An estimate while packets are sampled.',
      size: HALF,
      labels: { source_address: 'Source' },
      columns: [
        {
          expr: LARGEST,
          title: 'Packets',
          unit: 'pps',
        },
        {
          expr: `topk(20, sum by (source_address) (${rate(METRICS.sourceBytes, NAMED)}) * 8)`,
          title: 'Traffic',
          unit: 'bps',
        },
        {
          expr: `count by (source_address) (count by (source_address, instance) (${series(METRICS.sourcePackets, NAMED)})) and on (source_address) ${LARGEST}`,
          title: 'Nodes',
          unit: 'short',
        },
      ],
    }),
    createTimeSeries({
      title: 'Packets by source',
      description: 'Packets a second of the ten largest sources over all nodes.',
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (source_address) (${rate(METRICS.sourcePackets, NAMED)}))`,
          legend: '{{source_address}}',
        },
      ],
    }),
  ],
};
