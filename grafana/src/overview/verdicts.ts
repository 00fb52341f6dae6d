// SPDX-License-Identifier: Apache-2.0
// The rows "Verdicts" and "Busiest nodes".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createBars, createStack, createTimeSeries } from '../panels.ts';
import { rate, VERDICTS_OF } from '../query.ts';

const HALF = { width: 12, height: 9 };

export const verdicts: Section = {
  title: 'Verdicts',
  panels: [
    createStack({
      title: 'Packets by verdict',
      description: `Packets a second by what the XDP program decided. ${VERDICTS_OF}`,
      unit: 'pps',
      size: HALF,
      queries: [{ expr: `sum by (action) (${rate(METRICS.packets)})`, legend: '{{action}}' }],
    }),
    createStack({
      title: 'Traffic by verdict',
      description: `Bits a second by what the XDP program decided. ${VERDICTS_OF}`,
      unit: 'bps',
      size: HALF,
      queries: [{ expr: `sum by (action) (${rate(METRICS.bytes)}) * 8`, legend: '{{action}}' }],
    }),
    createTimeSeries({
      title: 'Drop share, highest ten nodes',
      description: `Share of the packets of a node whose verdict is drop. ${VERDICTS_OF}`,
      unit: 'percentunit',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance) (${rate(METRICS.packets, 'action="drop"')}) / (sum by (instance) (${rate(METRICS.packets)}) > 0))`,
          legend: '{{instance}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Aborted and invalid, highest ten nodes',
      description: `Packets a second whose verdict is aborted, or is no verdict at all. A program that works has neither. ${VERDICTS_OF}`,
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance, action) (${rate(METRICS.packets, 'action=~"aborted|invalid"')}))`,
          legend: '{{instance}} {{action}}',
        },
      ],
    }),
  ],
};

export const busiest: Section = {
  title: 'Busiest nodes',
  panels: [
    createBars({
      title: 'Packets, ten busiest nodes',
      description: 'Packets a second now.',
      unit: 'pps',
      size: HALF,
      queries: [
        { expr: `topk(10, sum by (instance) (${rate(METRICS.packets)}))`, legend: '{{instance}}' },
      ],
    }),
    createTimeSeries({
      title: 'Traffic, ten busiest nodes',
      description: 'Bits a second. A node is shown while it is among the ten.',
      unit: 'bps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance) (${rate(METRICS.bytes)}) * 8)`,
          legend: '{{instance}}',
        },
      ],
    }),
  ],
};
