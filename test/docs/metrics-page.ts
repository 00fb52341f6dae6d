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

Each metric has a Prometheus name and an OpenTelemetry name. The standard translation of OTLP to Prometheus, with suffixes for
units and types, turns the second name into the first. Labels and attributes have different names: the second table pairs
them. \`/metrics\` also has the metrics of the serving process, \`process_*\` and \`nodejs_*\`, unless you set
\`--web.disable-exporter-metrics\`; OTLP does not have them.

\`/metrics\` has three formats, selected by the Accept header: OpenMetrics 1.0 for clients that request it, such as Prometheus,
protobuf for those that prefer it, and the text format 0.0.4 for all others. Series have the same names in all formats. Only the
bucket bounds differ: \`le="64"\` in text is \`le="64.0"\` in OpenMetrics, as its specification requires; Prometheus 3 always
stores \`le="64.0"\`. Protobuf adds the start time of each counter, and \`xdp_packet_size_bytes\` as a
[native histogram](scale.md#native-histograms).

If the exporter watches more than one network namespace, every metric with the label \`device\` also has the label \`netns\`,
except for devices in the exporter's own namespace. The two labels together identify a device. \`xdp_tracepoint_up\` has the
label \`reason\` only while its value is 0, and \`xdp_device_down_info\` exists only while \`xdp_device_up\` is 0.

The counters of a device last as long as the process. While a device is absent or no longer selected, they keep their values.
A device that is not selected has no \`xdp_device_up\`, \`xdp_device_down_info\`, \`xdp_device_info\`,
\`xdp_device_speed_bytes\` or \`xdp_program_info\`. [peaks.md](peaks.md) explains peaks.

A new source, destination or port counts as \`other\` until it gets its own series, a second or two after its first packet.
[counting.md](counting.md) describes how these lists are limited.
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
