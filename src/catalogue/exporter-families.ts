// SPDX-License-Identifier: Apache-2.0
// What the exporter says of itself: its build, its pushes by OTLP, and how its collectors fared.
import type { CollectorReport } from '../collectors/collector.ts';
import type { MetricDefinition } from '../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../metrics/family.ts';

/** What became of the pushes by OTLP since the exporter started. */
export interface PushState {
  /** Ms of the wall clock. */
  readonly startedAtMs: number;
  readonly exports: Readonly<Record<'success' | 'failure', number>>;
  /** Ms of the wall clock; 0 is never. */
  readonly lastSuccessAtMs: number;
}

export interface BuildInfo {
  readonly version: string;
  readonly nodeVersion: string;
}

export const EXPORTER_METRICS = {
  otlpExports: {
    name: 'xdp_otlp_exports_total',
    otelName: 'xdp.otlp.exports',
    unit: '{export}',
    type: 'counter',
    help: 'Export requests to the OTLP endpoint by outcome: success or failure. Only while OTLP is on.',
    labels: ['outcome'],
    values: {
      outcome: {
        success: 'The endpoint accepted the request; points that it rejected are in the log.',
        failure: 'The endpoint did not accept the request, after all retries.',
      },
    },
  },
  otlpLastSuccess: {
    name: 'xdp_otlp_last_success_timestamp_seconds',
    otelName: 'xdp.otlp.last_success.timestamp',
    unit: 's',
    type: 'gauge',
    fractional: true,
    help: 'Unix time at which the OTLP endpoint last accepted all requests of a push, 0 before the first. Only while OTLP is on.',
    labels: [],
  },
  buildInfo: {
    name: 'xdp_exporter_build_info',
    otelName: 'xdp.exporter.build.info',
    unit: '',
    type: 'gauge',
    help: 'Version of xdp-exporter and of the Node.js it runs on. Always 1.',
    labels: ['version', 'node_version'],
  },
  collectorDuration: {
    name: 'xdp_scrape_collector_duration_seconds',
    otelName: 'xdp.scrape.collector.duration',
    unit: 's',
    type: 'gauge',
    fractional: true,
    help: 'Time that the collector took to read the kernel for this scrape.',
    labels: ['collector'],
  },
  collectorSuccess: {
    name: 'xdp_scrape_collector_success',
    otelName: 'xdp.scrape.collector.success',
    unit: '',
    type: 'gauge',
    help: 'Whether the collector succeeded: 1 for yes, 0 for no. The metrics of a failed collector are missing from this scrape.',
    labels: ['collector'],
  },
} as const satisfies Record<string, MetricDefinition>;

export function pushFamilies({
  exports,
  lastSuccessAtMs,
  startedAtMs,
}: PushState): readonly Family[] {
  const samples = Object.entries(exports).map(([outcome, value]) => ({
    labels: { outcome },
    startedAtMs,
    value,
  }));
  return [
    family(EXPORTER_METRICS.otlpExports, samples),
    family(EXPORTER_METRICS.otlpLastSuccess, [{ labels: {}, value: lastSuccessAtMs / 1000 }]),
  ];
}

export function buildFamily({ version, nodeVersion }: BuildInfo): Family {
  const labels = { version, node_version: nodeVersion };
  return family(EXPORTER_METRICS.buildInfo, [{ labels, value: 1 }]);
}

export function reportFamilies(reports: readonly CollectorReport[]): readonly Family[] {
  const samples = (quantity: 'durationSeconds' | 'success'): readonly ScalarSample[] =>
    reports.map((report) => ({
      labels: { collector: report.name },
      value: Number(report[quantity]),
    }));
  return [
    family(EXPORTER_METRICS.collectorDuration, samples('durationSeconds')),
    family(EXPORTER_METRICS.collectorSuccess, samples('success')),
  ];
}
