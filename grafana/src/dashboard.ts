// SPDX-License-Identifier: Apache-2.0
// What both dashboards have in common: variables, time, links from one to the other, numbered panels.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { createVariables } from './variables.ts';

const TAG = 'xdp';

export interface Section {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

interface DashboardOptions {
  readonly title: string;
  /** Stable: links and provisioning go by it. */
  readonly uid: string;
  readonly description: string;
  readonly sections: readonly Section[];
}

export function createDashboard({
  title,
  uid,
  description,
  sections,
}: DashboardOptions): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .timezone('')
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(createVariables())
    .links([
      new DashboardLinkBuilder('XDP dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    ]);
  for (const section of sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) {
      builder.withPanel(panel);
    }
  }
  const dashboard = builder.build();
  for (const [index, panel] of (dashboard.panels ?? []).entries()) {
    panel.id = index + 1;
  }
  for (const link of dashboard.links ?? []) {
    // The builder's default hides it in a menu.
    delete link.placement;
  }
  return dashboard;
}
