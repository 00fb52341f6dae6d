// SPDX-License-Identifier: Apache-2.0
// The row "Fleet": one number each.
import type { Section } from '../dashboard.ts';
import { createStat } from '../panels.ts';
import { foreignSeries, once, recorded } from '../query.ts';

const NARROW = { width: 3, height: 4 };
const WIDE = { width: 4, height: 4 };
const NEUTRAL = [{ value: null, color: 'blue' }];

const PACKETS = 'job_instance_netns_device_action:xdp_packets:rate5m';
const BYTES = 'job_instance_netns_device_action:xdp_bytes:rate5m';
const RECORDS = 'job_instance_netns_device_outcome:xdp_logger_packets:rate5m';

const packets = `sum(${once(recorded(PACKETS))})`;
const packetsLastWeek = `sum(${once(`${recorded(PACKETS)} offset 1w`)})`;

export const fleet: Section = {
  title: 'Fleet',
  panels: [
    createStat(
      {
        title: 'Exporters',
        description: 'Exporters that were scraped or have pushed in the last minutes.',
        unit: 'short',
        size: NARROW,
        queries: [
          {
            expr: `sum(${recorded('job:xdp_exporter_build_info:count')}) or vector(0)`,
            legend: 'exporters',
          },
        ],
      },
      NEUTRAL,
    ),
    createStat(
      {
        title: 'Exporters missing',
        description:
          'Share of the exporters that Prometheus knows as targets and that do not answer. XdpExportersDown fires from a quarter on.',
        unit: 'percentunit',
        size: NARROW,
        queries: [
          {
            expr: `1 - avg(${foreignSeries('up')})`,
            legend: 'missing',
          },
        ],
      },
      warnFrom(0.000_001, 0.25),
    ),
    createStat(
      {
        title: 'Devices not counted',
        description:
          'Share of the devices that exporters were asked to count on and cannot: absent, occupied or refusing.',
        unit: 'percentunit',
        size: NARROW,
        queries: [
          {
            expr: `1 - sum(${recorded('job:xdp_device_up:sum')}) / sum(${recorded('job:xdp_device_up:count')})`,
            legend: 'devices',
          },
        ],
      },
      warnFrom(0.000_001, 0.1),
    ),
    createStat(
      {
        title: 'Packets',
        description:
          'Packets a second that the XDP programs of all chosen nodes see. What comes through two stacked devices counts once.',
        unit: 'pps',
        size: WIDE,
        queries: [{ expr: packets, legend: 'packets' }],
      },
      NEUTRAL,
    ),
    createStat(
      {
        title: 'Against last week',
        description: 'Current packets per second, relative to the same time a week ago.',
        unit: 'percentunit',
        size: WIDE,
        queries: [{ expr: `${packets} / ${packetsLastWeek}`, legend: 'of last week' }],
      },
      warnFrom(2, 5),
    ),
    createStat(
      {
        title: 'Traffic',
        description: 'Bits per second, including the Ethernet header, without the FCS.',
        unit: 'bps',
        size: WIDE,
        queries: [{ expr: `sum(${once(recorded(BYTES))}) * 8`, legend: 'traffic' }],
      },
      NEUTRAL,
    ),
    createStat(
      {
        title: 'Not logged',
        description:
          'Share of the packets whose record was lost between kernel and exporter. They are in every total; only the sources lack them.',
        unit: 'percentunit',
        size: NARROW,
        queries: [
          {
            expr: `sum(${recorded(RECORDS, 'outcome=~"ring_full|no_ring|no_entry"')}) / sum(${recorded(RECORDS)})`,
            legend: 'not logged',
          },
        ],
      },
      warnFrom(0.0001, 0.01),
    ),
  ],
};

/** @param warn from here on yellow, and from `alarm` on red */
function warnFrom(warn: number, alarm: number) {
  return [
    { value: null, color: 'green' },
    { value: warn, color: 'yellow' },
    { value: alarm, color: 'red' },
  ];
}
