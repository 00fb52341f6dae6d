// SPDX-License-Identifier: Apache-2.0
// What the queries of dashboards may ask for, and what they do.
import { NODE_EXPORTER_METRICS } from '../../../grafana/src/node-exporter.ts';
import { FOREIGN_METRICS } from '../../../grafana/src/query.ts';
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { MetricDefinition } from '../../../src/metrics/definition.ts';
import type { Panel } from './dashboards.ts';
import { type Selector, selectorsOf } from './promql.ts';
import { recordings } from './rules.ts';

/** By the name of a series: a histogram has three. */
export const SERIES = new Map<string, MetricDefinition>(
  Object.values<MetricDefinition>(METRICS).flatMap((metric) =>
    metric.type === 'histogram'
      ? ['bucket', 'sum', 'count'].map((part): [string, MetricDefinition] => [
          `${metric.name}_${part}`,
          metric,
        ])
      : [[metric.name, metric]],
  ),
);

export const FOREIGN: ReadonlySet<string> = new Set(FOREIGN_METRICS);
export const OF_NODE: ReadonlySet<string> = new Set(NODE_EXPORTER_METRICS);
export const RECORDED: ReadonlySet<string> = new Set(recordings.map(({ record }) => record));

/** The labels of a metric's series, beside those that every target has. */
export function labelsOf(metric: string): readonly string[] {
  if (RECORDED.has(metric)) {
    return (metric.split(':')[0] ?? '').split('_');
  }
  return OF_NODE.has(metric) ? ['device'] : ['instance', ...(SERIES.get(metric)?.labels ?? [])];
}

/** Those that a variable narrows. What is of node_exporter is narrowed by what it is joined with. */
export function variableLabels(metric: string): readonly string[] {
  const narrowed = ['instance', 'device'].filter((label) => labelsOf(metric).includes(label));
  return OF_NODE.has(metric) ? [] : ['cluster', 'job', ...narrowed];
}

export function selectorsIn(panels: readonly Panel[]): readonly (Selector & { title: string })[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr }) => selectorsOf(expr).map((selector) => ({ ...selector, title }))),
  );
}

export function isCounter(metric: string): boolean {
  const type = SERIES.get(metric)?.type;
  return type === undefined ? OF_NODE.has(metric) : type !== 'gauge';
}
