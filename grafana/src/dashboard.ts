// SPDX-License-Identifier: Apache-2.0
// What all dashboards have in common: variables, time, annotations, links from one to the other, rows, numbered panels.
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
import { createAnnotations } from './annotations.ts';
import { collapseRows } from './rows.ts';
import { createVariables, type Opening } from './variables.ts';

const TAG = 'xdp';

export interface Section {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
  /** Nothing of it is asked for until it is opened. */
  readonly collapsed?: true;
}

interface DashboardOptions {
  readonly title: string;
  /** Stable: links and provisioning go by it. */
  readonly uid: string;
  readonly description: string;
  readonly sections: readonly Section[];
  readonly opening: Opening;
}

export function createDashboard({
  title,
  uid,
  description,
  sections,
  opening,
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
    .variables(createVariables(opening))
    .annotations(createAnnotations())
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
  const collapsed = new Set(sections.filter((each) => each.collapsed).map(({ title: row }) => row));
  dashboard.panels = collapseRows(dashboard.panels ?? [], collapsed);
  for (const link of dashboard.links ?? []) {
    // The builder's default hides it in a menu.
    delete link.placement;
  }
  return dashboard;
}
