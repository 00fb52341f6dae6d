// SPDX-License-Identifier: Apache-2.0
// docs/metrics.md, from the catalogue.
import {
  INTEGER_LABELS,
  LABEL_ATTRIBUTES,
  type LabelName,
  METRICS,
  type MetricDefinition,
} from '../../src/metrics/catalogue.ts';

const KINDS = {
  counter: 'monotonic sum, cumulative',
  gauge: 'gauge',
  histogram: 'histogram, cumulative',
} as const;

const HEAD = `# Metrics

Made from \`src/metrics/catalogue.ts\` by \`npm run docs\`; a test compares the two.

Each metric has one name for Prometheus and one for OpenTelemetry. What the translation of OTLP to Prometheus makes of the
second, with suffixes for units and types, is the first. Labels and attributes have names of their own: the second table
pairs them. Beside these, and only on \`/metrics\`, are the metrics of the process itself, \`process_*\` and \`nodejs_*\`.
`;

/** The whole page. */
export function metricsPage(): string {
  const definitions: readonly MetricDefinition[] = Object.values(METRICS);
  const attributes = Object.entries(LABEL_ATTRIBUTES) as [LabelName, string][];
  return [
    HEAD,
    table(
      ['Prometheus', 'type', 'labels', 'OpenTelemetry', 'kind', 'unit', 'value'],
      [
        ...definitions.map((definition) => [
          code(definition.name),
          definition.type,
          definition.labels.map(code).join(', '),
          code(definition.otelName),
          KINDS[definition.type],
          definition.unit === '' ? '' : code(definition.unit),
          definition.fractional === true ? 'double' : 'integer',
        ]),
      ],
    ),
    '## Labels and attributes\n',
    table(
      ['label', 'attribute', 'type'],
      [
        ...attributes.map(([label, attribute]) => [
          code(label),
          code(attribute),
          INTEGER_LABELS.has(label) ? 'integer' : 'string',
        ]),
      ],
    ),
    '## What each one is\n',
    ...definitions.map(({ name, help }) => `- ${code(name)}: ${help}`),
    '',
  ].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}
