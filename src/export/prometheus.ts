// SPDX-License-Identifier: Apache-2.0
// Families -> Prometheus text format 0.0.4, through prom-client's registry.
import { type Metric, Registry } from 'prom-client';
import type { Family, HistogramSample, ScalarSample } from '../metrics/family.ts';
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
    const scrape = new Registry();
    for (const family of await collect()) {
      scrape.registerMetric(constMetric(family));
    }
    return Registry.merge([scrape, processMetrics]).metrics();
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

/** What prom-client prints as one line; it flattens `sharedLabels` once per object and keeps the text. */
interface Line {
  readonly sharedLabels: Labels;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metricName?: string;
}

/**
 * A metric that holds one collection's values and no state. prom-client's types know only metrics that
 * count by themselves, but of these its registry asks no more than name and `get`.
 */
function constMetric({ definition: { name, help, type }, samples }: Family): Metric {
  const get = async () => ({ name, help, type, values: linesOf(name, samples) });
  return { name, get } as unknown as Metric;
}

function* linesOf(name: string, samples: Family['samples']): Generator<Line> {
  for (const sample of samples) {
    if ('counts' in sample) {
      yield* histogramLines(name, sample);
    } else {
      yield scalarLine(sample);
    }
  }
}

function scalarLine({ labels, value }: ScalarSample): Line {
  return { sharedLabels: labels, value };
}

function* histogramLines(
  name: string,
  { labels, boundaries, counts, count, sum }: HistogramSample,
): Generator<Line> {
  let cumulative = 0;
  for (const [index, bucket] of counts.entries()) {
    cumulative += bucket;
    const le = String(boundaries[index] ?? '+Inf');
    yield { metricName: `${name}_bucket`, labels: { le }, sharedLabels: labels, value: cumulative };
  }
  yield { metricName: `${name}_sum`, sharedLabels: labels, value: sum };
  yield { metricName: `${name}_count`, sharedLabels: labels, value: count };
}
