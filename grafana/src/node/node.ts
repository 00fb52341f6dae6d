// SPDX-License-Identifier: Apache-2.0
// The dashboard "XDP node": everything that one exporter knows, by device.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { attack } from './attack.ts';
import { exporter, otlp } from './exporter.ts';
import { budget } from './logger.ts';
import { tracepoints } from './tracepoints.ts';
import { cpus, devices, protocols, sizes } from './traffic.ts';
import { where } from './where.ts';

export function createNode(): Dashboard {
  return createDashboard({
    title: 'XDP node',
    uid: 'xdp-node',
    description:
      'What XDP sees on one node: each device and verdict, who sends what to where, where packets end, CPUs and queues, packet sizes, protocols, failures of any XDP program, what became of every record, and the exporter itself. Opens on one instance; several are shown beside one another.',
    opening: 'one',
    sections: [devices, attack, where, cpus, sizes, protocols, tracepoints, budget, exporter, otlp],
  });
}
