// SPDX-License-Identifier: Apache-2.0
// The push of metrics by OTLP, from its start to the last flush. Everything of OpenTelemetry is loaded by this module.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { emptyResource } from '@opentelemetry/resources';
import { type MetricProducer, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { PushState } from '../../catalogue/exporter-families.ts';
import { errorMessage } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Family } from '../../metrics/family.ts';
import { routeDiagnostics } from './diagnostics.ts';
import { redactUrl } from './endpoint.ts';
import { readFailure } from './failure.ts';
import { createJournal } from './journal.ts';
import { toMetricData } from './metric-data.ts';
import { countPoints, createPushExporter } from './push-exporter.ts';
import { createResource, type Identity } from './resource.ts';
import type { OtlpSettings } from './settings.ts';
import { createTransport, type ReadFile } from './transport.ts';

/** Points of one request: to write so many as JSON takes about 2 ms, and 10 where the garbage collector joins in. */
export const BATCH_POINTS = 1_000;

/** For the last totals to arrive when the exporter ends. */
const FLUSH_LIMIT_MS = 3_000;

/** The values of one moment. */
interface Reading {
  readonly families: readonly Family[];
  /** Ms of the wall clock. */
  readonly takenAtMs: number;
}

export interface PushOptions {
  readonly settings: OtlpSettings;
  readonly identity: Identity;
  readonly read: () => Promise<Reading>;
  readonly log: Logger;
  /** What a process before this one has counted. */
  readonly before?: PushState | undefined;
  /** Of certificates and keys; absent: this process reads them. */
  readonly readFile?: ReadFile;
}

export interface Push {
  state(): PushState;
  /** Pushes what `read` gives now, and ends: within 3 s, whatever the collector does. */
  close(): Promise<void>;
}

/** One per process: the library's own log is a global. */
export function startPush({ settings, identity, read, log, before, readFile }: PushOptions): Push {
  const endpoint = redactUrl(settings.url);
  const journal = createJournal(endpoint, log, Date.now, before);
  const exporter = createPushExporter({
    connect: () => createTransport(settings, readFile),
    timeoutMs: settings.timeoutMs,
    intervalMs: settings.intervalMs,
    journal,
  });
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: settings.intervalMs,
    // The exporter keeps to it by itself, with a better word for the log.
    exportTimeoutMillis: settings.intervalMs,
    maxExportBatchSize: BATCH_POINTS,
    metricProducers: [
      createProducer(
        identity.version,
        async () => {
          exporter.beginPush();
          try {
            return await read();
          } catch (error) {
            journal.notRead(readFailure(error));
            throw error;
          }
        },
        (points) => exporter.expectPoints(points),
      ),
    ],
  });
  const resource = createResource(identity, settings.attributes);
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource,
    metricReaders: [reader],
    spanProcessors: [],
    logRecordProcessors: [],
    textMapPropagator: null,
    instrumentations: [],
  });
  routeDiagnostics(log, (partial) => exporter.notePartialSuccess(partial));
  sdk.start();
  log.info('pushing metrics', { endpoint, interval_ms: settings.intervalMs });
  return {
    state: () => journal.state(),
    async close() {
      exporter.hurry(FLUSH_LIMIT_MS);
      const waiting = new AbortController();
      await Promise.race([
        sdk.shutdown().catch((error: unknown) => log.debug(`end push: ${errorMessage(error)}`)),
        setTimeout(FLUSH_LIMIT_MS, undefined, { signal: waiting.signal }),
      ]);
      waiting.abort();
    },
  };
}

/** Lets other work of the main thread in between its steps: a reading of many series takes milliseconds. */
function createProducer(
  version: string,
  read: () => Promise<Reading>,
  counted: (points: number) => void,
): MetricProducer {
  const scope = { name: 'xdp-exporter', version };
  // The reader puts the SDK's resource in the place of this one.
  const resource = emptyResource();
  return {
    async collect() {
      try {
        const { families, takenAtMs } = await read();
        await setImmediate();
        const scopeMetrics = [{ scope, metrics: toMetricData(families, takenAtMs) }];
        counted(countPoints({ scopeMetrics }));
        await setImmediate();
        return { errors: [], resourceMetrics: { resource, scopeMetrics } };
      } catch (error) {
        return { errors: [error], resourceMetrics: { resource, scopeMetrics: [] } };
      }
    },
  };
}
