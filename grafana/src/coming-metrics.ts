// SPDX-License-Identifier: Apache-2.0
// Metrics whose collectors are not in this branch yet.
import type { MetricDefinition } from '../../src/metrics/definition.ts';

const metric = (name: string, type: 'counter' | 'gauge', ...labels: string[]) =>
  ({ name, otelName: '', unit: '', type, help: '', labels }) as unknown as MetricDefinition;

export const COMING = {
  tcpPackets: metric('xdp_tcp_packets_total', 'counter', 'device', 'flags'),
  queuePackets: metric('xdp_rx_queue_packets_total', 'counter', 'device', 'queue'),
  deviceInfo: metric('xdp_device_info', 'gauge', 'device', 'driver', 'mtu', 'speed', 'rx_queues'),
  deviceSpeed: metric('xdp_device_speed_bytes', 'gauge', 'device'),
  deviceRxQueues: metric('xdp_device_rx_queues', 'gauge', 'device'),
  peakPackets: metric('xdp_peak_packets', 'gauge', 'device', 'window'),
  peakBytes: metric('xdp_peak_bytes', 'gauge', 'device', 'window'),
  networkPackets: metric('xdp_network_packets_total', 'counter', 'device', 'network'),
  networkBytes: metric('xdp_network_bytes_total', 'counter', 'device', 'network'),
};
