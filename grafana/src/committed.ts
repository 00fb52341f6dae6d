// SPDX-License-Identifier: Apache-2.0
// The files that the dashboards are committed as, and what must be in them.
import { createNode } from './node/node.ts';
import { createOverview } from './overview/overview.ts';

/** Seen from dist. */
const FOLDER = new URL('../../../grafana/', import.meta.url);

export interface CommittedDashboard {
  readonly file: URL;
  readonly text: string;
}

export function committedDashboards(): readonly CommittedDashboard[] {
  return [createOverview(), createNode()].map((dashboard) => ({
    file: new URL(`${dashboard.uid}.json`, FOLDER),
    text: `${JSON.stringify(dashboard, null, 2)}\n`,
  }));
}
