// SPDX-License-Identifier: Apache-2.0
// Families -> Prometheus text format 0.0.4 (prometheus/docs, exposition_formats.md), and the process's own metrics.
import { Registry } from 'prom-client';
import type { Family, HistogramSample } from '../metrics/family.ts';
import type { Labels } from '../metrics/labels.ts';
import { createProcessMetrics } from './process-metrics.ts';

export interface PrometheusExporter {
  readonly contentType: string;
  /** One collection and the metrics of this process as text. Rejects as `collect` does. */
  render(): Promise<string>;
}

/** Calls of `render` that overlap share one collection and one text. */
export function createPrometheusExporter(
  collect: () => Promise<readonly Family[]>,
): PrometheusExporter {
  const processMetrics = createProcessMetrics();
  let inFlight: Promise<string> | undefined;

  async function renderOnce(): Promise<string> {
    const families = (await collect()).map(formatFamily);
    // prom-client spells it "Nan"; the format says "NaN".
    const ofProcess = (await processMetrics.metrics()).replaceAll(/ Nan$/gm, ' NaN');
    return [...families, ofProcess].join('\n');
  }

  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    render() {
      inFlight ??= renderOnce().finally(() => {
        inFlight = undefined;
      });
      return inFlight;
    },
  };
}

/** By ourselves and not by prom-client's registry, which takes three times as long for thousands of series. */
function formatFamily(family: Family): string {
  const { name, help } = family.definition;
  let text = `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${family.type}\n`;
  if (family.type === 'histogram') {
    for (const sample of family.samples) {
      text += formatHistogram(name, sample);
    }
  } else {
    for (const { labels, value } of family.samples) {
      text += `${name}${braced(labelText(labels))} ${formatNumber(value)}\n`;
    }
  }
  return text;
}

function formatHistogram(
  name: string,
  { labels, boundaries, counts, count, sum }: HistogramSample,
): string {
  const shared = labelText(labels);
  let text = '';
  let cumulative = 0;
  for (const [index, bucket] of counts.entries()) {
    cumulative += bucket;
    const le = `le="${boundaries[index] ?? '+Inf'}"`;
    text += `${name}_bucket{${shared === '' ? le : `${shared},${le}`}} ${cumulative}\n`;
  }
  return `${text}${name}_sum${braced(shared)} ${formatNumber(sum)}\n${name}_count${braced(shared)} ${count}\n`;
}

/** Families give the same label objects from scrape to scrape, so each is formatted once. */
const labelTexts = new WeakMap<Labels, string>();

function labelText(labels: Labels): string {
  let text = labelTexts.get(labels);
  if (text === undefined) {
    text = Object.entries(labels)
      .map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`)
      .join(',');
    labelTexts.set(labels, text);
  }
  return text;
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** Counters are integers below 2^53, which JavaScript prints without an exponent. */
function formatNumber(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) {
    return String(value);
  }
  return value > 0 ? '+Inf' : '-Inf';
}
