// SPDX-License-Identifier: Apache-2.0
// PromQL over the catalogue's metrics, narrowed to what the dashboard's variables choose.
import { METRICS } from '../../src/catalogue/catalogue.ts';
import type { MetricDefinition } from '../../src/metrics/definition.ts';

/** Metrics that are not of the catalogue: Prometheus's own of the target, and those of the process that serves. */
export const FOREIGN_METRICS = ['up', 'nodejs_eventloop_lag_p99_seconds'] as const;

/** Packets that were counted and not logged. */
export const LOST = 'outcome=~"ring_full|no_ring|no_entry"';

/** For the descriptions of panels of verdicts. */
export const VERDICTS_OF =
  "Verdicts are those of the program on the device; the exporter's own program always passes.";

/** Sources with a series of their own. */
export const NAMED = 'source_address!="other"';

/** The label of each variable, in the order of the variables; `device` only where there is one. */
const FILTERS = {
  cluster: 'cluster=~"$cluster"',
  job: 'job=~"$job"',
  instance: 'instance=~"$instance"',
  device: 'device=~"$device"',
} as const;

const NODE_FILTERS = [FILTERS.cluster, FILTERS.job, FILTERS.instance];

/** What tells a device from every other one, in every cluster. */
const DEVICE = 'cluster, namespace, job, node, instance, netns, device';

/** @param filters label matchers, as `action="drop"` */
export function series(metric: MetricDefinition, ...filters: string[]): string {
  return selector(metric.name, metric, filters);
}

/** Increase a second of a counter. */
export function rate(metric: MetricDefinition, ...filters: string[]): string {
  return `rate(${series(metric, ...filters)}[$__rate_interval])`;
}

/** The same a week before. */
export function rateLastWeek(metric: MetricDefinition, ...filters: string[]): string {
  return `rate(${series(metric, ...filters)}[$__rate_interval] offset 1w)`;
}

/** Increase of a counter over all that the dashboard shows. */
export function increase(metric: MetricDefinition, ...filters: string[]): string {
  return `increase(${series(metric, ...filters)}[$__range])`;
}

/** The rate of one of the series that a histogram is made of. */
export function histogramRate(metric: MetricDefinition, part: 'bucket' | 'sum' | 'count'): string {
  return `rate(${selector(`${metric.name}_${part}`, metric, [])}[$__rate_interval])`;
}

/**
 * What a rule has recorded, narrowed by the labels that its level keeps.
 * @param record as "job_instance:xdp_packets:rate5m"
 */
export function recorded(record: string, ...filters: string[]): string {
  const [level = ''] = record.split(':');
  const labels = level.split('_');
  const kept = [
    FILTERS.cluster,
    FILTERS.job,
    ...(labels.includes('instance') ? [FILTERS.instance] : []),
    ...(labels.includes('device') ? [FILTERS.device] : []),
  ];
  return `${record}{${[...kept, ...filters].join(', ')}}`;
}

/** For sums over devices: without those that stand on another one which is shown too. @param expr keeps every label of a device */
export function once(expr: string): string {
  return `${expr} unless on (${DEVICE}) ${series(METRICS.deviceLowerInfo, 'lower=~"$device"')}`;
}

export function foreignSeries(name: (typeof FOREIGN_METRICS)[number]): string {
  return `${name}{${NODE_FILTERS.join(', ')}}`;
}

/**
 * 0 where every queue or CPU handles as much as the others, 1 where one handles all.
 * @param queues of each device; what has none goes by the CPUs
 */
export function skew(cpuPackets: MetricDefinition, queues: MetricDefinition): string {
  const by = 'instance, netns, device';
  const perCpu = `sum by (${by}, cpu) (${rate(cpuPackets)})`;
  const cpus = `count by (${by}) (${perCpu})`;
  const usable = `(max by (${by}) (${series(queues)}) < ${cpus} or ${cpus})`;
  const unevenness = `max by (${by}) (${perCpu}) * ${usable} / (sum by (${by}) (${perCpu}) > 0) - 1`;
  return `(${unevenness}) / (${usable} - 1 > 0)`;
}

function selector(name: string, { labels }: MetricDefinition, filters: readonly string[]): string {
  const device = labels.includes('device') ? [FILTERS.device] : [];
  return `${name}{${[...NODE_FILTERS, ...device, ...filters].join(', ')}}`;
}
