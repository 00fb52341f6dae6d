// SPDX-License-Identifier: Apache-2.0
// What a collector was sent, written as the series of a scrape.
import { LABEL_ATTRIBUTES, type MetricDefinition } from '../../../src/metrics/definition.ts';
import type { CollectedMetric, CollectedPoint } from './otel-collector.ts';

/** The demo's names and addresses hold neither commas nor braces. */
export function sortLabels(series: string): string {
  const [name = '', labels = ''] = series.split(/[{}]/);
  return `${name}{${labels.split(',').toSorted()}}`;
}

/** Of all its samples in a scrape. */
export function sampleNamesOf({ name, type }: MetricDefinition): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** As /metrics would write them. */
export function seriesOf(
  metric: CollectedMetric | undefined,
  definition: MetricDefinition,
): string[] {
  return (metric?.points ?? []).flatMap((point) => {
    const labels = definition.labels.map(
      (label) => `${label}="${point.attributes[LABEL_ATTRIBUTES[label]]}"`,
    );
    return valuesOf(definition, point).map(([name, value, ...more]) => {
      return `${sortLabels(`${name}{${[...labels, ...more]}}`)} ${value}`;
    });
  });
}

/** Name, value and labels beside those of the point. Buckets of Prometheus hold all that is in the smaller ones. */
function valuesOf(
  { name, type }: MetricDefinition,
  { value, sum, count, bounds, counts }: CollectedPoint,
): [string, number, ...string[]][] {
  if (type !== 'histogram') {
    return [[name, Number(value)]];
  }
  let below = 0;
  const buckets = counts.map((each, index): [string, number, string] => {
    below += each;
    return [`${name}_bucket`, below, `le="${bounds[index] ?? '+Inf'}"`];
  });
  return [...buckets, [`${name}_sum`, Number(sum)], [`${name}_count`, Number(count)]];
}
