// SPDX-License-Identifier: Apache-2.0
// PromQL over the catalogue's metrics, narrowed to what the dashboard's variables choose.
import type { MetricDefinition } from '../../src/metrics/definition.ts';

/** Metrics that are not of the catalogue: Prometheus's own of the target, and those of the process that serves. */
export const FOREIGN_METRICS = ['up', 'nodejs_eventloop_lag_p99_seconds'] as const;

/** Packets that were counted and not logged. */
export const LOST = 'outcome=~"ring_full|no_ring|no_entry"';

/** For the descriptions of panels of verdicts. */
export const VERDICTS_OF =
  "The verdicts are those of the program on the device: of an observed program its own; where the exporter's program is attached, always pass.";

/** Sources with a series of their own. */
export const NAMED = 'source_address!="other"';

const NODE_FILTERS = ['job=~"$job"', 'instance=~"$instance"'];

/** @param filters label matchers, as `action="drop"` */
export function series(metric: MetricDefinition, ...filters: string[]): string {
  return selector(metric.name, metric, filters);
}

/** Increase a second of a counter. */
export function rate(metric: MetricDefinition, ...filters: string[]): string {
  return `rate(${series(metric, ...filters)}[$__rate_interval])`;
}

/** The same of one of the series that a histogram is made of. */
export function histogramRate(metric: MetricDefinition, part: 'bucket' | 'sum' | 'count'): string {
  return `rate(${selector(`${metric.name}_${part}`, metric, [])}[$__rate_interval])`;
}

export function foreignSeries(name: (typeof FOREIGN_METRICS)[number]): string {
  return `${name}{${NODE_FILTERS.join(', ')}}`;
}

/** 0 where every CPU handles as much as the others, 1 where one handles all; `by` names the labels to keep. */
export function skew(cpuPackets: MetricDefinition, by: string): string {
  const perCpu = `sum by (${by}, cpu) (${rate(cpuPackets)})`;
  const unevenness = `max by (${by}) (${perCpu}) / (avg by (${by}) (${perCpu}) > 0) - 1`;
  return `(${unevenness}) / (count by (${by}) (${perCpu}) - 1 > 0)`;
}

function selector(name: string, { labels }: MetricDefinition, filters: readonly string[]): string {
  const device = labels.includes('device') ? ['device=~"$device"'] : [];
  return `${name}{${[...NODE_FILTERS, ...device, ...filters].join(', ')}}`;
}
