// SPDX-License-Identifier: Apache-2.0
// The rows "Traffic" and "Busiest nodes".
import type { Section } from '../dashboard.ts';
import { createBars, createStack, createTimeSeries } from '../panels.ts';
import { once, recorded, VERDICTS_OF } from '../query.ts';

const THIRD = { width: 8, height: 9 };
const HALF = { width: 12, height: 9 };

const PACKETS = 'job_instance_netns_device_action:xdp_packets:rate5m';
const BYTES = 'job_instance_netns_device_action:xdp_bytes:rate5m';

export const traffic: Section = {
  title: 'Traffic',
  panels: [
    createStack({
      title: 'Packets by verdict',
      description: `Packets per second by verdict of the XDP program. ${VERDICTS_OF}`,
      unit: 'pps',
      size: THIRD,
      queries: [{ expr: `sum by (action) (${once(recorded(PACKETS))}) > 0`, legend: '{{action}}' }],
    }),
    createStack({
      title: 'Traffic by verdict',
      description: `Bits per second by verdict of the XDP program. ${VERDICTS_OF}`,
      unit: 'bps',
      size: THIRD,
      queries: [
        { expr: `sum by (action) (${once(recorded(BYTES))}) * 8 > 0`, legend: '{{action}}' },
      ],
    }),
    createStack({
      title: 'Packets by protocol over all nodes',
      description: 'Packets per second of all nodes of the job, exact at any sampling interval.',
      unit: 'pps',
      size: THIRD,
      queries: [
        {
          expr: `sum by (family, protocol) (${recorded('job_family_protocol:xdp_protocol_packets:rate5m')}) > 0`,
          legend: '{{family}} {{protocol}}',
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
      description: 'Current packets per second. Click a bar to open the node.',
      unit: 'pps',
      size: HALF,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, sum by (instance) (${recorded('job_instance:xdp_packets:rate5m')}))`,
          legend: '{{instance}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Traffic, ten busiest nodes',
      description:
        'Bits a second. A node is shown while it is among the ten. Click a line to open the node.',
      unit: 'bps',
      size: HALF,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, sum by (instance) (${recorded('job_instance:xdp_bytes:rate5m')}) * 8)`,
          legend: '{{instance}}',
        },
      ],
    }),
  ],
};
