// SPDX-License-Identifier: Apache-2.0
// The row "Where did it die?": every place where a received frame ends early, from the network card up to the socket.
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { Section } from '../dashboard.ts';
import { ofCpus, ofDevices, ofNodes, STACK_METRICS } from '../node-exporter.ts';
import { createTimeSeries } from '../panels.ts';
import { increase, rate } from '../query.ts';
import { createTable } from '../tables.ts';

const WHOLE = { width: 24, height: 7 };
const THIRD = { width: 8, height: 9 };

const ENDED = 'action=~"drop|aborted|invalid"';
const JOINED = 'Joined on the label node with the metrics of node_exporter on the same machine.';

export const where: Section = {
  title: 'Where did it die?',
  collapsed: true,
  panels: [
    createTable({
      title: 'From the card to the stack, by device',
      description: `Frames in the selected time range, in the order of processing. Received: delivered by the driver. Dropped by card or driver: no buffer, ring full, or dropped above the driver. XDP saw: before the verdict. No handler: no protocol handler accepts the frame. ${JOINED}`,
      size: WHOLE,
      labels: { instance: 'Instance', device: 'Device' },
      columns: [
        { expr: ofDevices('packets', 'increase'), title: 'Received', unit: 'short' },
        { expr: ofDevices('drops', 'increase'), title: 'Dropped by card or driver', unit: 'short' },
        { expr: ofDevices('errors', 'increase'), title: 'Damaged', unit: 'short' },
        {
          expr: `sum by (instance, device) (${increase(METRICS.packets)})`,
          title: 'XDP saw',
          unit: 'short',
        },
        {
          expr: `sum by (instance, device) (${increase(METRICS.packets, 'action="drop"')})`,
          title: 'XDP dropped',
          unit: 'short',
        },
        {
          expr: `sum by (instance, device) (${increase(METRICS.exceptions)})`,
          title: 'XDP failed',
          unit: 'short',
        },
        { expr: ofDevices('noHandler', 'increase'), title: 'No handler', unit: 'short' },
      ],
    }),
    createTable({
      title: 'By CPU',
      description: `Packets in the selected time range. XDP saw: on counted devices. The other columns cover all devices. Dropped: the backlog of the CPU was full. Squeezed: the CPU ran out of time with packets still waiting. ${JOINED}`,
      size: WHOLE,
      labels: { instance: 'Instance', cpu: 'CPU' },
      columns: [
        {
          expr: `sum by (instance, cpu) (${increase(METRICS.cpuPackets)})`,
          title: 'XDP saw',
          unit: 'short',
        },
        { expr: ofCpus('processed', 'increase'), title: 'Processed', unit: 'short' },
        { expr: ofCpus('dropped', 'increase'), title: 'Dropped', unit: 'short' },
        { expr: ofCpus('squeezed', 'increase'), title: 'Squeezed', unit: 'short' },
      ],
    }),
    createTimeSeries({
      title: 'Ended by device and place',
      description: `Packets per second. Verdicts are those of the program on the device; failed redirects are in "exceptions". ${JOINED}`,
      unit: 'pps',
      size: THIRD,
      queries: [
        { expr: ofDevices('drops', 'rate'), legend: '{{instance}} {{device}} card or driver' },
        { expr: ofDevices('errors', 'rate'), legend: '{{instance}} {{device}} damaged' },
        {
          expr: `sum by (instance, device, action) (${rate(METRICS.packets, ENDED)})`,
          legend: '{{instance}} {{device}} XDP {{action}}',
        },
        {
          expr: `sum by (instance, device) (${rate(METRICS.exceptions)})`,
          legend: '{{instance}} {{device}} XDP exceptions',
        },
        { expr: ofDevices('noHandler', 'rate'), legend: '{{instance}} {{device}} no handler' },
      ],
    }),
    createTimeSeries({
      title: 'Ended by CPU',
      description: `Packets per second that the backlog of a CPU dropped, and times per second that the CPU ran out of time with packets still waiting. ${JOINED}`,
      unit: 'pps',
      size: THIRD,
      queries: [
        { expr: ofCpus('dropped', 'rate'), legend: '{{instance}} CPU {{cpu}} dropped' },
        { expr: ofCpus('squeezed', 'rate'), legend: '{{instance}} CPU {{cpu}} squeezed' },
      ],
    }),
    createTimeSeries({
      title: 'Ended in the stack',
      description: `Packets per second that XDP passed and the stack dropped. ${JOINED}`,
      unit: 'pps',
      size: THIRD,
      queries: Object.entries(STACK_METRICS).map(([what, metric]) => ({
        expr: ofNodes(metric),
        legend: `{{instance}} ${what}`,
      })),
    }),
  ],
};
