// SPDX-License-Identifier: Apache-2.0
// Configurations that give pushed series the labels of scraped ones, which the dashboards and rules go by.
import { stringify } from 'yaml';
import { LABEL_ATTRIBUTES } from '../../src/metrics/definition.ts';

const LABELS = Object.entries(LABEL_ATTRIBUTES);

/** Only our own metrics: other programs push attributes of these names as well. */
const OURS = 'xdp_.*';

/** What OTLP's translation to Prometheus makes of an attribute's name. */
function translated(attribute: string): string {
  return attribute.replaceAll('.', '_');
}

/** A list for `metric_relabel_configs` of Prometheus, which VictoriaMetrics takes as a file. */
export function relabelConfiguration(): string {
  const renamed = LABELS.flatMap(([label, attribute]) => {
    const pushed = translated(attribute);
    if (pushed === label) {
      return [];
    }
    return [
      {
        source_labels: ['__name__', pushed],
        separator: ';',
        regex: `${OURS};(.+)`,
        target_label: label,
        replacement: '$1',
      },
      {
        source_labels: ['__name__', pushed],
        separator: ';',
        regex: `${OURS};.+`,
        target_label: pushed,
        replacement: '',
      },
    ];
  });
  return `# Made by "npm run dashboards" from the catalogue of metrics.
# Gives series that came by OTLP the labels of scraped ones: for VictoriaMetrics as -relabelConfig=FILE, for Prometheus
# as the metric_relabel_configs of a job that scrapes a collector's "prometheus" exporter.
${stringify(renamed, { lineWidth: 0 })}`;
}

/** For a collector that has the transform processor, as a second --config. */
export function transformConfiguration(): string {
  const statements = LABELS.flatMap(([label, attribute]) => {
    const pushed = `attributes["${attribute}"]`;
    return [
      `set(attributes["${label}"], ${pushed}) where ${pushed} != nil`,
      `delete_key(attributes, "${attribute}")`,
    ];
  });
  const transform = {
    metric_statements: [
      { context: 'datapoint', conditions: ['IsMatch(metric.name, "^xdp[.]")'], statements },
    ],
  };
  const configuration = {
    processors: { transform },
    service: { pipelines: { metrics: { processors: ['transform', 'batch'] } } },
  };
  return `# Made by "npm run dashboards" from the catalogue of metrics.
# Gives what is pushed the labels of scraped series, for a backend that is Prometheus. Needs the collector of the contrib
# distribution; give it as a second file: otelcol-contrib --config config.yaml --config prometheus-labels.yaml
${stringify(configuration, { lineWidth: 0 })}`;
}
