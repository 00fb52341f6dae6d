// SPDX-License-Identifier: Apache-2.0
// PromQL over what node_exporter says of the same machines. Both exporters have the label `node`, by which they are joined.
import { METRICS } from '../../src/catalogue/catalogue.ts';
import { series } from './query.ts';

/** Of each device. With --collector.netdev.enable-detailed-metrics some have other names: see `detailed`. */
const DEVICE_METRICS = {
  packets: ['node_network_receive_packets_total'],
  /** What the card had no room for and what the driver dropped: by default one number. */
  drops: ['node_network_receive_drop_total'],
  errors: ['node_network_receive_errs_total'],
  /** Frames of a protocol that nobody takes. */
  noHandler: ['node_network_receive_nohandler_total'],
} as const;

const DETAILED_METRICS: Readonly<Partial<Record<DeviceMetric, readonly string[]>>> = {
  drops: ['node_network_receive_dropped_total', 'node_network_receive_missed_errors_total'],
  errors: ['node_network_receive_errors_total'],
};

/** Of each CPU of a node. */
const CPU_METRICS = {
  processed: 'node_softnet_processed_total',
  dropped: 'node_softnet_dropped_total',
  squeezed: 'node_softnet_times_squeezed_total',
} as const;

/** Of a node, beyond its devices: where the stack gives up a packet. */
export const STACK_METRICS = {
  'UDP: no socket': 'node_netstat_Udp_NoPorts',
  'UDP: socket full': 'node_netstat_Udp_RcvbufErrors',
  'TCP: listen queue full': 'node_netstat_TcpExt_ListenDrops',
  'ICMP: errors': 'node_netstat_Icmp_InErrors',
} as const;

type DeviceMetric = keyof typeof DEVICE_METRICS;

/** For the tests. */
export const NODE_EXPORTER_METRICS: readonly string[] = [
  ...Object.values(DEVICE_METRICS).flat(),
  ...Object.values(DETAILED_METRICS).flat(),
  ...Object.values(CPU_METRICS),
  ...Object.values(STACK_METRICS),
];

const OVER = {
  rate: '$__rate_interval',
  increase: '$__range',
} as const;

type Function = keyof typeof OVER;

/** node_exporter sees the devices of one network namespace: those of ours that have no label for it. */
const OUR_DEVICES = `group by (cluster, node, device, instance) (${series(METRICS.deviceUp, 'node!=""', 'netns=""')})`;
const OUR_NODES = `group by (cluster, node, instance) (${series(METRICS.buildInfo, 'node!=""')})`;

/** By our instance and device; whichever names node_exporter uses. */
export function ofDevices(metric: DeviceMetric, change: Function): string {
  const names = [DEVICE_METRICS[metric], DETAILED_METRICS[metric] ?? []];
  return names
    .filter((list) => list.length > 0)
    .map((list) => {
      const sum = list
        .map((name) => `${change}(${name}{node!="", device=~"$device"}[${OVER[change]}])`)
        .join(' + ');
      return `sum by (instance, device) ((${sum}) * on (cluster, node, device) group_left (instance) ${OUR_DEVICES})`;
    })
    .join(' or ');
}

/** By our instance and CPU. */
export function ofCpus(metric: keyof typeof CPU_METRICS, change: Function): string {
  return `sum by (instance, cpu) (${change}(${CPU_METRICS[metric]}{node!=""}[${OVER[change]}]) * on (cluster, node) group_left (instance) ${OUR_NODES})`;
}

/** By our instance. */
export function ofNodes(metric: string): string {
  return `sum by (instance) (rate(${metric}{node!=""}[$__rate_interval]) * on (cluster, node) group_left (instance) ${OUR_NODES})`;
}
