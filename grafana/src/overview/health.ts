// SPDX-License-Identifier: Apache-2.0
// The row "What needs a look".
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { LOST, recorded, series } from '../query.ts';

const HALF = { width: 12, height: 9 };

export const health: Section = {
  title: 'What needs a look',
  collapsed: true,
  panels: [
    createTimeSeries({
      title: 'Devices not counted, by reason',
      description:
        'Devices that exporters were asked to count on and cannot. docs/troubleshooting.md says what to do about each reason.',
      unit: 'short',
      size: HALF,
      queries: [
        {
          expr: `sum by (reason) (${recorded('job_reason:xdp_device_down_info:count')}) or vector(0)`,
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
          expr: `sum by (role, outcome) (${recorded('job_role_outcome:xdp_attach_attempts:rate5m')}) * 3600`,
          legend: '{{role}} {{outcome}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Programs by role and mode',
      description:
        "Devices by the program whose verdicts are counted: the exporter's own, attached, or another's, observed. Generic mode costs more a packet and counts after GRO.",
      unit: 'short',
      size: HALF,
      queries: [
        {
          expr: `sum by (role, mode) (${recorded('job_mode_role:xdp_program_info:count')})`,
          legend: '{{role}} {{mode}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'CPU skew, highest ten devices',
      description:
        '0: all queues and CPUs that a device can use handle as much as the others. 1: one handles all. No value where there is one.',
      unit: 'percentunit',
      size: HALF,
      max: 1,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, ${recorded('job_instance_netns_device:xdp_cpu_packets:skew_rate5m')})`,
          legend: '{{instance}} {{netns}} {{device}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Records lost, highest ten nodes',
      description: 'Packets per second that were counted but not logged: ring full, or no ring.',
      unit: 'pps',
      size: HALF,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, sum by (instance, outcome) (${recorded('job_instance_netns_device_outcome:xdp_logger_packets:rate5m', LOST)}))`,
          legend: '{{instance}} {{outcome}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Sampling, highest ten nodes',
      description:
        'With a sampling interval of N, one packet in N is recorded. 1 means every packet.',
      unit: 'short',
      size: HALF,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, max by (instance) (${series(METRICS.sampleInterval)}))`,
          legend: '{{instance}}',
        },
      ],
    }),
  ],
};
