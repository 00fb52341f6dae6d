// SPDX-License-Identifier: Apache-2.0
// The rows of the dashboard of observed programs.
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { rate, recorded, series } from '../query.ts';
import { createTable } from '../tables.ts';

const HALF = { width: 12, height: 9 };
const WHOLE = { width: 24, height: 6 };

const DEVICE = 'instance, netns, device';
const LEGEND = '{{instance}} {{netns}} {{device}}';

const OBSERVED = series(METRICS.programInfo, 'role="observed"');

/** @param expr of devices, where an observed program is on them */
function observed(expr: string): string {
  return `${expr} and on (${DEVICE}) ${OBSERVED}`;
}

export const programs: Section = {
  title: 'Programs',
  panels: [
    createTable({
      title: 'Observed programs',
      description:
        'The program on each device whose verdicts are observed. The tag is a digest of its instructions; the id is new after each load.',
      size: WHOLE,
      labels: {
        instance: 'Instance',
        netns: 'Namespace',
        device: 'Device',
        mode: 'Mode',
        program: 'Program',
        id: 'Id',
        tag: 'Tag',
      },
      opensNode: true,
      columns: [
        {
          expr: `max by (${DEVICE}, mode, program, id, tag) (${OBSERVED})`,
          title: 'Observed',
          unit: 'bool_yes_no',
        },
      ],
    }),
  ],
};

export const verdicts: Section = {
  title: 'Verdicts',
  panels: [
    createTimeSeries({
      title: 'Observed packets by verdict',
      description: 'Packets per second by verdict of the observed program.',
      unit: 'pps',
      size: HALF,
      opensNode: true,
      queries: [
        {
          expr: `${observed(`sum by (${DEVICE}, action) (${recorded('job_instance_netns_device_action:xdp_packets:rate5m')})`)} > 0`,
          legend: `${LEGEND} {{action}}`,
        },
      ],
    }),
    createTimeSeries({
      title: 'Drop share, highest ten devices',
      description:
        'Share of the packets of a device that its program drops. XdpDropShareHigh fires from a fifth on.',
      unit: 'percentunit',
      size: HALF,
      max: 1,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, ${observed(recorded('job_instance_netns_device:xdp_drops_per_packet:ratio_rate5m'))})`,
          legend: LEGEND,
        },
      ],
    }),
    createTimeSeries({
      title: 'Aborted and invalid, highest ten devices',
      description:
        'Packets a second whose verdict is aborted, or is no verdict at all. A program that works has neither.',
      unit: 'pps',
      size: HALF,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, ${observed(`sum by (${DEVICE}, action) (${rate(METRICS.packets, 'action=~"aborted|invalid"')})`)})`,
          legend: `${LEGEND} {{action}}`,
        },
      ],
    }),
    createTimeSeries({
      title: 'Sent back and redirected',
      description: 'Packets per second that the observed program transmitted or redirected in XDP.',
      unit: 'pps',
      size: HALF,
      opensNode: true,
      queries: [
        {
          expr: observed(
            `sum by (${DEVICE}, action) (${rate(METRICS.packets, 'action=~"tx|redirect"')})`,
          ),
          legend: `${LEGEND} {{action}}`,
        },
      ],
    }),
  ],
};

export const observation: Section = {
  title: 'Observation',
  collapsed: true,
  panels: [
    createTimeSeries({
      title: 'Packets that no observer saw',
      description:
        'Packets a second that an observed program was given and that no counter holds, since the kernel was just observing another packet on that CPU.',
      unit: 'pps',
      size: HALF,
      opensNode: true,
      queries: [{ expr: `sum by (${DEVICE}) (${rate(METRICS.missedPackets)})`, legend: LEGEND }],
    }),
    createTimeSeries({
      title: 'Changes of observed programs',
      description: 'How often per minute the observed program was replaced by another one.',
      unit: 'short',
      size: HALF,
      opensNode: true,
      queries: [{ expr: `sum by (${DEVICE}) (${rate(METRICS.retargets)}) * 60`, legend: LEGEND }],
    }),
  ],
};
