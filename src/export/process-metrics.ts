// SPDX-License-Identifier: Apache-2.0
// What prom-client measures of this very process: CPU, memory, file descriptors, event loop, garbage collection.
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ExposedFamily } from './family.ts';

/** Gauges with a counter's suffix, which `promtool check metrics` rejects; each has a twin by type. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** A metric as prom-client gives it; its types say too little: they leave out the name, and take the type for a number. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly Value[];
}

interface Value {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** With the suffix, for the parts of a histogram. */
  readonly metricName?: string;
}

/**
 * A function that measures at each call. Make it once per process: prom-client's observers of the event loop and of the
 * garbage collector cannot be stopped.
 */
export function createProcessMetrics(): () => Promise<readonly ExposedFamily[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) {
    registry.removeSingleMetric(name);
  }
  return async () => {
    const metrics = (await registry.getMetricsAsJSON()) as unknown as readonly Metric[];
    return metrics.filter(({ values }) => values.length > 0).map(familyOf);
  };
}

function familyOf({ name, help, type, values }: Metric): ExposedFamily {
  const definition = { name, help };
  if (type === 'histogram') {
    return { definition, type, samples: histogramSamples(name, values) };
  }
  if (type !== 'counter' && type !== 'gauge') {
    throw new Error(`read process metrics: ${name} is a "${type}", which nothing here can write`);
  }
  const samples = values.map(({ labels, value }) => ({ labels: asText(labels), value }));
  return { definition, type, samples };
}

/** Of each series there are its buckets, cumulative and in order, then the sum, then the count. */
function histogramSamples(
  name: string,
  values: readonly Value[],
): (ExposedFamily & { type: 'histogram' })['samples'] {
  const samples = [];
  let boundaries: number[] = [];
  let counts: number[] = [];
  let cumulative = 0;
  let sum = 0;
  for (const { metricName, labels, value } of values) {
    const { le, ...shared } = labels;
    if (metricName === `${name}_bucket`) {
      counts.push(value - cumulative);
      cumulative = value;
      boundaries.push(Number(le));
    } else if (metricName === `${name}_sum`) {
      sum = value;
    } else {
      const finite = boundaries.filter(Number.isFinite);
      samples.push({ labels: asText(shared), boundaries: finite, counts, count: value, sum });
      [boundaries, counts, cumulative] = [[], [], 0];
    }
  }
  return samples;
}

function asText(labels: Value['labels']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
