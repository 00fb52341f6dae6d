// SPDX-License-Identifier: Apache-2.0
// The row "Fleet": one number each.
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createStat } from '../panels.ts';
import { LOST, rate, series, VERDICTS_OF } from '../query.ts';

const STAT = { width: 4, height: 4 };
const NEUTRAL = [{ value: null, color: 'blue' }];

export const fleet: Section = {
  title: 'Fleet',
  panels: [
    createStat(
      {
        title: 'Exporters',
        description: 'Exporters that are scraped, or have pushed in the last minutes.',
        unit: 'short',
        size: STAT,
        queries: [
          { expr: `count(${series(METRICS.buildInfo)}) or vector(0)`, legend: 'exporters' },
        ],
      },
      NEUTRAL,
    ),
    createStat(
      {
        title: 'Devices not counted',
        description:
          'Devices that exporters were asked to count on and cannot: absent, occupied or refusing.',
        unit: 'short',
        size: STAT,
        queries: [
          {
            expr: `count(${series(METRICS.deviceUp)} == 0) or vector(0)`,
            legend: 'devices',
          },
        ],
      },
      warnFrom(1, 10),
    ),
    createStat(
      {
        title: 'Packets',
        description: 'Packets a second that the XDP programs of all chosen nodes see.',
        unit: 'pps',
        size: STAT,
        queries: [{ expr: `sum(${rate(METRICS.packets)})`, legend: 'packets' }],
      },
      NEUTRAL,
    ),
    createStat(
      {
        title: 'Traffic',
        description: 'Their bits a second, Ethernet header included, FCS not.',
        unit: 'bps',
        size: STAT,
        queries: [{ expr: `sum(${rate(METRICS.bytes)}) * 8`, legend: 'traffic' }],
      },
      NEUTRAL,
    ),
    createStat(
      {
        title: 'Dropped',
        description: `Share of the packets whose verdict is drop. ${VERDICTS_OF}`,
        unit: 'percentunit',
        size: STAT,
        queries: [
          {
            expr: `sum(${rate(METRICS.packets, 'action="drop"')}) / sum(${rate(METRICS.packets)})`,
            legend: 'dropped',
          },
        ],
      },
      warnFrom(0.05, 0.2),
    ),
    createStat(
      {
        title: 'Not logged',
        description:
          'Share of the packets whose record was lost between kernel and exporter. They are in every total; only the sources lack them.',
        unit: 'percentunit',
        size: STAT,
        queries: [
          {
            expr: `sum(${rate(METRICS.loggerPackets, LOST)}) / sum(${rate(METRICS.loggerPackets)})`,
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
