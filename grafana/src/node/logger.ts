// SPDX-License-Identifier: Apache-2.0
// The row "Loss budget": what became of the record of every packet.
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createStack, createTimeSeries } from '../panels.ts';
import { LOST, rate, series } from '../query.ts';

const THIRD = { width: 8, height: 8 };
const HALF = { width: 12, height: 8 };

export const budget: Section = {
  title: 'Loss budget',
  collapsed: true,
  panels: [
    createStack({
      title: 'Packets by logger outcome',
      description:
        'decoded: read. sampled_out: passed over. ring_full: the reader was too slow. no_ring: the CPU had no ring. no_entry: the entry into an observed program was not seen. At rest they add up to all packets.',
      unit: 'pps',
      size: HALF,
      queries: [
        { expr: `sum by (outcome) (${rate(METRICS.loggerPackets)})`, legend: '{{outcome}}' },
      ],
    }),
    createTimeSeries({
      title: 'Share of packets not logged',
      description:
        'Records lost between kernel and exporter. Totals, protocols and sizes include these packets.',
      unit: 'percentunit',
      size: HALF,
      queries: [
        {
          expr: `sum by (instance, netns, device) (${rate(METRICS.loggerPackets, LOST)}) / (sum by (instance, netns, device) (${rate(METRICS.loggerPackets)}) > 0)`,
          legend: '{{instance}} {{netns}} {{device}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Ring fill',
      description:
        'The fullest that the ring of each CPU was found in the last minute. From one half on, packets are sampled.',
      unit: 'percentunit',
      size: THIRD,
      max: 1,
      queries: [
        {
          expr: `max by (instance, cpu) (${series(METRICS.ringFill)})`,
          legend: '{{instance}} CPU {{cpu}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Sampling',
      description:
        'With a sampling interval of N, one packet in N is recorded. 1 means every packet.',
      unit: 'short',
      size: THIRD,
      queries: [
        {
          expr: `max by (instance) (${series(METRICS.sampleInterval)})`,
          legend: '{{instance}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Under way',
      description: 'Packets whose record the exporter has not read yet.',
      unit: 'short',
      size: THIRD,
      queries: [
        {
          expr: `sum by (instance, netns, device) (${series(METRICS.loggerPending)})`,
          legend: '{{instance}} {{netns}} {{device}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Corruptions',
      description:
        'Records, positions and sample intervals a minute that another process wrote, or that memory damaged. Always 0 on a sound machine.',
      unit: 'short',
      size: THIRD,
      queries: [
        {
          expr: `sum by (instance, kind) (${rate(METRICS.corruptions)}) * 60`,
          legend: '{{instance}} {{kind}}',
        },
      ],
    }),
  ],
};
