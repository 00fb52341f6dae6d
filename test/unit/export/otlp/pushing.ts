// SPDX-License-Identifier: Apache-2.0
// An exporter of pushes with a collector that does as a test says.
import { readFileSync } from 'node:fs';
import { emptyResource } from '@opentelemetry/resources';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { METRICS } from '../../../../src/catalogue/catalogue.ts';
import { createJournal } from '../../../../src/export/otlp/journal.ts';
import { toMetricData } from '../../../../src/export/otlp/metric-data.ts';
import { createPushExporter, REQUEST_POINTS } from '../../../../src/export/otlp/push-exporter.ts';
import type { OtlpSettings } from '../../../../src/export/otlp/settings.ts';
import { family, histogramFamily } from '../../../../src/metrics/family.ts';
import {
  accept,
  type Behaviour,
  ScriptedCollector,
} from '../../../e2e/support/scripted-collector.ts';
import { createLogLines } from './log-lines.ts';
import { makeSettings } from './make-settings.ts';

/** With a family that is empty, as of a device without packets. */
function dataOf(points: number) {
  const samples = Array.from({ length: points }, (_, index) => ({
    labels: { device: `eth${index}` },
    value: index,
  }));
  const families = [family(METRICS.deviceUp, samples), histogramFamily(METRICS.packetSize, [])];
  const scope = { name: 'test' };
  return {
    resource: emptyResource(),
    scopeMetrics: [{ scope, metrics: toMetricData(families, 1_000) }],
  };
}

export interface Subject {
  readonly collector: ScriptedCollector;
  readonly exporter: PushMetricExporter;
  /** Of so many requests. */
  push(requests?: number): Promise<void>;
  state(): { success: number; failure: number; ended: boolean };
  /** All that was logged. */
  shown(): string;
}

export async function withCollector(
  work: (subject: Subject) => Promise<void>,
  more: Partial<OtlpSettings> = {},
  tls?: { key: string; cert: string },
): Promise<void> {
  const collector = await ScriptedCollector.start(tls);
  const { log, shown } = createLogLines();
  const settings = makeSettings(collector.url, more);
  const journal = createJournal(settings, log);
  const exporter = createPushExporter(settings, journal, readFileSync);
  try {
    await work({
      collector,
      exporter,
      push: (requests = 1) =>
        new Promise((resolve) =>
          exporter.export(dataOf(requests * REQUEST_POINTS - 1), () => resolve()),
        ),
      state() {
        const { exports, lastSuccessAtMs } = journal.state();
        return { ...exports, ended: lastSuccessAtMs > 0 };
      },
      shown: () => shown().join('\n'),
    });
  } finally {
    await exporter.shutdown();
    await collector.close();
  }
}

/** `first` once, and then as a collector that is well. */
export function onceThenWell(collector: ScriptedCollector, first: Behaviour): void {
  collector.behaviour = (response, request) =>
    (collector.requests === 1 ? first : accept)(response, request);
}

export const SUCCESS = { success: 1, failure: 0, ended: true };
export const FAILURE = { success: 0, failure: 1, ended: false };
