// SPDX-License-Identifier: Apache-2.0
// The row "What needs a look".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { LOST, rate, series, skew } from '../query.ts';

const HALF = { width: 12, height: 9 };

export const health: Section = {
  title: 'What needs a look',
  panels: [
    createTimeSeries({
      title: 'Devices not counted, by reason',
      description:
        'Devices that exporters were asked to count on and cannot. docs/troubleshooting.md says what to do about each reason.',
      unit: 'short',
      size: HALF,
      queries: [
        {
          expr: `count by (reason) (${series(METRICS.deviceDownInfo)}) or vector(0)`,
          legend: 'not counted {{reason}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Attempts by outcome, an hour',
      description:
        'Attempts to attach a program or to observe one. Each outcome but success is a reason why a device is not counted.',
      unit: 'short',
      size: HALF,
      queries: [
        {
          expr: `sum by (role, outcome) (${rate(METRICS.attachAttempts)}) * 3600`,
          legend: '{{role}} {{outcome}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Programs by mode',
      description:
        'Devices by the mode of their program. Generic mode costs more a packet and counts after GRO.',
      unit: 'short',
      size: HALF,
      queries: [{ expr: `count by (mode) (${series(METRICS.programInfo)})`, legend: '{{mode}}' }],
    }),
    createTimeSeries({
      title: 'CPU skew, highest ten devices',
      description: '0: all CPUs handle as much as the others. 1: one handles all.',
      unit: 'percentunit',
      size: HALF,
      max: 1,
      queries: [
        {
          expr: `topk(10, ${skew(METRICS.cpuPackets, 'instance, netns, device')})`,
          legend: '{{instance}} {{netns}} {{device}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Records lost, highest ten nodes',
      description: 'Packets a second that were counted but not logged: ring full, or no ring.',
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `topk(10, sum by (instance, outcome) (${rate(METRICS.loggerPackets, LOST)}))`,
          legend: '{{instance}} {{outcome}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Sampling, highest ten nodes',
      description: 'One packet in so many is recorded. 1 is every packet.',
      unit: 'short',
      size: HALF,
      queries: [
        {
          expr: `topk(10, max by (instance) (${series(METRICS.sampleInterval)}))`,
          legend: '{{instance}}',
        },
      ],
    }),
  ],
};
