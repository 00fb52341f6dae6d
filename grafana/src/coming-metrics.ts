// SPDX-License-Identifier: Apache-2.0
// Metrics whose collectors are not in this branch yet.
import type { MetricDefinition } from '../../src/metrics/definition.ts';

const metric = (name: string, type: 'counter' | 'gauge', ...labels: string[]) =>
  ({ name, otelName: '', unit: '', type, help: '', labels }) as unknown as MetricDefinition;

export const COMING = {
  networkPackets: metric('xdp_network_packets_total', 'counter', 'device', 'network'),
  networkBytes: metric('xdp_network_bytes_total', 'counter', 'device', 'network'),
};
