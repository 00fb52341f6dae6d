// SPDX-License-Identifier: Apache-2.0
// docs/metrics.md, from the catalogue.
import { METRICS } from '../../src/catalogue/catalogue.ts';
import {
  INTEGER_LABELS,
  LABEL_ATTRIBUTES,
  type LabelName,
  type MetricDefinition,
} from '../../src/metrics/definition.ts';
import { code, table } from './markdown.ts';

const KINDS = {
  counter: 'monotonic sum, cumulative',
  gauge: 'gauge',
  histogram: 'histogram, cumulative',
} as const;

const HEAD = `# Metrics

This page is generated from the definitions in \`src/collectors/\` and \`src/catalogue/\` by \`npm run docs\`; a test compares
the two.

Each metric has a Prometheus name and an OpenTelemetry name. The translation of OTLP to Prometheus, with suffixes for units
and types, turns the second into the first. Labels and attributes have different names: the second table pairs them.
\`/metrics\` also has the metrics of the process that serves, \`process_*\` and \`nodejs_*\`, unless
\`--web.disable-exporter-metrics\` is set; OTLP does not.

\`/metrics\` has three formats, and the Accept header chooses: OpenMetrics 1.0 for clients that ask for it, as Prometheus does,
protobuf for those that prefer it, and the text format 0.0.4 for all others. Series have the same names in all. Only the bounds
of buckets differ: \`le="64"\` in text is \`le="64.0"\` in OpenMetrics, as its specification requires and as Prometheus 3 stores
either. Protobuf adds the start of each counter, and \`xdp_packet_size_bytes\` as a
[native histogram](scale.md#native-histograms).

Every metric with the label \`device\` also has the label \`netns\` where more than one network namespace is watched, but for
the devices of the exporter's own. The two together identify a device. \`reason\` of \`xdp_tracepoint_up\` is there only while
the value is 0, \`xdp_device_down_info\` only while \`xdp_device_up\` is 0.

Counters of a device last as long as the process. While a device is absent, or is not asked for any more, they keep their
values; a device that is not asked for has no \`xdp_device_up\`, \`xdp_device_down_info\`,
\`xdp_device_info\`, \`xdp_device_speed_bytes\` or \`xdp_program_info\`. Peaks are explained in [peaks.md](peaks.md).
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
          [...definition.labels, ...(definition.optionalLabels ?? [])].map(code).join(', '),
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
    '## What each metric is\n',
    ...definitions.map(({ name, help }) => `- ${code(name)}: ${help}`),
    '',
    '## What label values mean\n',
    table(['metric', 'label', 'value', 'meaning'], definitions.flatMap(meaningRows)),
  ].join('\n');
}

function meaningRows({ name, values = {} }: MetricDefinition): readonly (readonly string[])[] {
  return Object.entries(values).flatMap(([label, meanings]) =>
    Object.entries(meanings).map(([value, meaning]) => [
      code(name),
      code(label),
      code(value),
      meaning,
    ]),
  );
}
