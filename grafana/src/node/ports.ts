// SPDX-License-Identifier: Apache-2.0
// The row "Top ports".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { rate } from '../query.ts';
import { createTable } from '../tables.ts';

const HALF = { width: 12, height: 9 };

const PORT = 'instance, netns, device, protocol, port';
const LARGEST = `topk(50, sum by (${PORT}) (${rate(METRICS.portPackets)}))`;

export const ports: Section = {
  title: 'Top ports',
  panels: [
    createTable({
      title: 'Largest ports',
      description:
        'The fifty destination ports with most packets a second now; "other" is all that has no series of its own. An estimate while packets are sampled.',
      size: HALF,
      labels: {
        instance: 'Instance',
        netns: 'Namespace',
        device: 'Device',
        protocol: 'Protocol',
        port: 'Port',
      },
      columns: [
        {
          expr: LARGEST,
          title: 'Packets',
          unit: 'pps',
        },
        {
          expr: `sum by (${PORT}) (${rate(METRICS.portBytes)}) * 8 and on (${PORT}) ${LARGEST}`,
          title: 'Traffic',
          unit: 'bps',
        },
      ],
    }),
    createTimeSeries({
      title: 'Packets by port',
      description: 'Packets a second to the ten largest destination ports.',
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance, protocol, port) (${rate(METRICS.portPackets)}))`,
          legend: '{{instance}} {{protocol}} {{port}}',
        },
      ],
    }),
  ],
};
