// SPDX-License-Identifier: Apache-2.0
// The dashboard "XDP overview": a fleet of nodes at a glance.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from '../dashboard.ts';
import { attack } from './attack.ts';
import { fleet } from './fleet.ts';
import { health } from './health.ts';
import { busiest, traffic } from './traffic.ts';

export function createOverview(): Dashboard {
  return createDashboard({
    title: 'XDP overview',
    uid: 'xdp-overview',
    description:
      'What XDP sees on all nodes: how much and of what, where there is more than usual, the busiest nodes, and what needs a look. Made of what recording.rules.yml records. Click a node to open it.',
    opening: 'all',
    sections: [fleet, attack, traffic, busiest, health],
  });
}
