// SPDX-License-Identifier: Apache-2.0
// The row "Failures and redirects": what the kernel's tracepoints tell of every XDP program.
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { createTimeSeries } from '../panels.ts';
import { rate } from '../query.ts';

const HALF = { width: 12, height: 9 };

export const tracepoints: Section = {
  title: 'Failures and redirects',
  collapsed: true,
  panels: [
    createTimeSeries({
      title: 'Exceptions',
      description:
        "Packets a second that the kernel dropped because an XDP program, the exporter's or another, returned aborted or no verdict at all, or because its tx or redirect failed in the driver.",
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `sum by (instance, device, action) (${rate(METRICS.exceptions)})`,
          legend: '{{instance}} {{device}} {{action}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Failed redirects',
      description:
        'Packets a second that an XDP program redirected and that the kernel dropped instead, by error. 0 while none has failed.',
      unit: 'pps',
      size: HALF,
      queries: [
        {
          expr: `sum by (instance, device, reason) (${rate(METRICS.redirectErrors)}) or sum by (instance, device) (${rate(METRICS.exceptions)}) * 0`,
          legend: '{{instance}} {{device}} {{reason}}',
        },
      ],
    }),
  ],
};
