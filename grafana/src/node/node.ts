// SPDX-License-Identifier: Apache-2.0
// The dashboard "XDP node": everything that one exporter knows, by device.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { exporter } from './exporter.ts';
import { budget } from './logger.ts';
import { ports } from './ports.ts';
import { sources } from './sources.ts';
import { tracepoints } from './tracepoints.ts';
import { cpus, devices, protocols, sizes } from './traffic.ts';

export function createNode(): Dashboard {
  return createDashboard({
    title: 'XDP node',
    uid: 'xdp-node',
    description:
      'What XDP sees on one node: each device, verdict and CPU, packet sizes, protocols, the largest sources and ports, failures of any XDP program, what became of every record, and the exporter itself. Choose an instance; several are shown beside one another.',
    sections: [devices, cpus, sizes, protocols, sources, ports, tracepoints, budget, exporter],
  });
}
