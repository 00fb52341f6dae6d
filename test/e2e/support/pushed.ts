// SPDX-License-Identifier: Apache-2.0
// Serves a scrape with its labels named as they are after a push by OTLP and its translation to Prometheus.
import { LABEL_ATTRIBUTES } from '../../../src/metrics/definition.ts';
import { type ServedMetrics, serveMetrics } from './served-metrics.ts';

export function servePushed(scrape: () => Promise<string>): Promise<ServedMetrics> {
  return serveMetrics(async () => rename(await scrape()));
}

function rename(exposition: string): string {
  const attributes: Readonly<Record<string, string>> = LABEL_ATTRIBUTES;
  return exposition.replaceAll(/^xdp_\w+\{.*$/gm, (line) =>
    line.replaceAll(/([{,])(\w+)="/g, (_, before: string, label: string) => {
      const attribute = attributes[label] ?? label;
      return `${before}${attribute.replaceAll('.', '_')}="`;
    }),
  );
}
