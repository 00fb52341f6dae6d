// SPDX-License-Identifier: Apache-2.0
// The same question in PromQL for a scraped metric and for one that came by OTLP, and answers that can be compared.
import { LABEL_ATTRIBUTES, type MetricDefinition } from '../../../src/metrics/definition.ts';
import type { Series } from './promql.ts';

/** For each metric the sum over what is not a label of it. */
export function queriesOf({ name, type, labels }: MetricDefinition): string[] {
  if (type === 'histogram') {
    return [
      `sum by (${labels}, le) (${name}_bucket)`,
      `sum by (${labels}) (${name}_sum)`,
      `histogram_quantile(0.5, sum by (le) (${name}_bucket))`,
    ];
  }
  return [`sum by (${labels}) (${name})`];
}

function translateLabel(label: string): string {
  const attribute = (LABEL_ATTRIBUTES as Readonly<Record<string, string>>)[label] ?? label;
  return attribute.replaceAll('.', '_');
}

export function translateQuery(query: string): string {
  return query.replace(/by \(([^)]*)\)/, (_, labels: string) => {
    const names = labels.split(',').map((label) => translateLabel(label.trim()));
    return `by (${names.join(', ')})`;
  });
}

/** Labels by the names that they have in OTLP. */
export function vectorOf(vector: readonly Series[]): string[] {
  return vector
    .map(({ metric, points }) => {
      const labels = Object.entries(metric).map(([label, text]) => {
        const number = Number(text);
        return `${translateLabel(label)}=${text !== '' && Number.isFinite(number) ? number : text}`;
      });
      return `${labels.toSorted().join()} ${points[0]?.[1]}`;
    })
    .toSorted();
}
