// SPDX-License-Identifier: Apache-2.0
// The files that are made here and committed, and what must be in them.
import { createNode } from './node/node.ts';
import { createObserved } from './observed/observed.ts';
import { createOverview } from './overview/overview.ts';
import { relabelConfiguration, transformConfiguration } from './pushed-labels.ts';

/** Seen from dist. */
const PROJECT = new URL('../../../', import.meta.url);

interface CommittedFile {
  readonly file: URL;
  readonly text: string;
}

export function committedFiles(): readonly CommittedFile[] {
  const dashboards = [createOverview(), createNode(), createObserved()].map((dashboard) => ({
    file: new URL(`grafana/${dashboard.uid}.json`, PROJECT),
    text: `${JSON.stringify(dashboard, null, 2)}\n`,
  }));
  return [
    ...dashboards,
    {
      file: new URL('deploy/prometheus/pushed.relabel.yml', PROJECT),
      text: relabelConfiguration(),
    },
    {
      file: new URL('deploy/otel-collector/prometheus-labels.yaml', PROJECT),
      text: transformConfiguration(),
    },
  ];
}
