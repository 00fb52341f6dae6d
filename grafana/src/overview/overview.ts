// SPDX-License-Identifier: Apache-2.0
// The dashboard "XDP overview": a fleet of nodes at a glance.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { fleet } from './fleet.ts';
import { health } from './health.ts';
import { sources } from './sources.ts';
import { busiest, verdicts } from './verdicts.ts';

export function createOverview(): Dashboard {
  return createDashboard({
    title: 'XDP overview',
    uid: 'xdp-overview',
    description:
      'What XDP sees and decides on all nodes: verdicts, the busiest nodes, the largest sources, and what needs a look.',
    sections: [fleet, verdicts, busiest, sources, health],
  });
}
