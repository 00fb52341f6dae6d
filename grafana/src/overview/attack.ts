// SPDX-License-Identifier: Apache-2.0
// The row "Attack": where there is more than usual, and what it is.
import type { Section } from '../dashboard.ts';
import { createStack, createTimeSeries } from '../panels.ts';
import { once, recorded } from '../query.ts';
import { createTable } from '../tables.ts';

const THIRD = { width: 8, height: 8 };

const PACKETS = 'job_instance_netns_device_action:xdp_packets:rate5m';
const BURSTS = recorded('job_instance_netns_device_window:xdp_peak_packets:max5m', 'window="10ms"');
const SOURCES = 'job_source_address:xdp_source_packets:topk20_rate5m';
const SOURCE_BYTES = 'job_source_address:xdp_source_bytes:topk20_rate5m';

/** What a rate that a rule records every 15 s adds up to. */
function total(record: string): string {
  return `sum_over_time(${recorded(record)}[$__range:15s]) * 15`;
}

export const attack: Section = {
  title: 'Attack',
  panels: [
    createTimeSeries({
      title: 'Against their own baseline, highest ten devices',
      description:
        'Packets a second of a device as a multiple of its median over a day. XdpFlood fires at 5 on a device with more than 10,000 packets a second. Click a line to open the node.',
      unit: 'none',
      size: THIRD,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, ${recorded('job_instance_netns_device:xdp_packets:rate2m')} / (${recorded('job_instance_netns_device:xdp_packets:median1d')} > 0))`,
          legend: '{{instance}} {{netns}} {{device}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Share of SYNs, highest ten devices',
      description:
        'Share of the TCP packets that ask for a new connection. XdpSynFlood fires above one half, with more than 1,000 a second.',
      unit: 'percentunit',
      size: THIRD,
      max: 1,
      opensNode: true,
      queries: [
        {
          expr: `topk(10, ${recorded('job_instance_netns_device:xdp_tcp_syns_per_packet:ratio_rate2m')})`,
          legend: '{{instance}} {{netns}} {{device}}',
        },
      ],
    }),
    createTimeSeries({
      title: 'Largest bursts, highest ten devices',
      description:
        'The most packets within 10 ms in the last minutes, which no rate shows. No value while packets are sampled.',
      unit: 'short',
      size: THIRD,
      opensNode: true,
      queries: [{ expr: `topk(10, ${BURSTS})`, legend: '{{instance}} {{netns}} {{device}}' }],
    }),
    createTimeSeries({
      title: 'Packets now and a week ago',
      description: 'Packets per second of all selected nodes, now and a week before.',
      unit: 'pps',
      size: THIRD,
      queries: [
        { expr: `sum(${once(recorded(PACKETS))})`, legend: 'now' },
        { expr: `sum(${once(`${recorded(PACKETS)} offset 1w`)})`, legend: 'a week ago' },
      ],
    }),
    createTimeSeries({
      title: 'Packets by destination port',
      description:
        'Packets a second to the ten largest destination ports over all nodes of the job.',
      unit: 'pps',
      size: THIRD,
      queries: [
        {
          expr: `topk(10, sum by (protocol, port) (${recorded('job_protocol_port:xdp_port_packets:topk20_rate5m')}))`,
          legend: '{{protocol}} {{port}}',
        },
      ],
    }),
    createStack({
      title: 'TCP packets by flags',
      description:
        'Packets a second over all nodes of the job, exact whatever the sampling. syn: without ACK, a connection is asked for.',
      unit: 'pps',
      size: THIRD,
      queries: [
        {
          expr: `sum by (flags) (${recorded('job_flags:xdp_tcp_packets:rate2m')})`,
          legend: '{{flags}}',
        },
      ],
    }),
    createTable({
      title: 'Largest sources over all nodes',
      description:
        'Source addresses by packets over the time that is shown, while they were among the twenty largest of the job. An estimate while packets are sampled.',
      size: { width: 12, height: 9 },
      labels: { source_address: 'Source' },
      columns: [
        { expr: `sum by (source_address) (${total(SOURCES)})`, title: 'Packets', unit: 'short' },
        { expr: `sum by (source_address) (${total(SOURCE_BYTES)})`, title: 'Bytes', unit: 'bytes' },
      ],
    }),
    createTimeSeries({
      title: 'Packets by source over all nodes',
      description: 'Packets per second of the ten largest sources over all nodes of the job.',
      unit: 'pps',
      size: { width: 12, height: 9 },
      queries: [
        {
          expr: `topk(10, sum by (source_address) (${recorded(SOURCES)}))`,
          legend: '{{source_address}}',
        },
      ],
    }),
  ],
};
