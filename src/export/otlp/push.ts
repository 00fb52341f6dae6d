// SPDX-License-Identifier: Apache-2.0
// The push of metrics by OTLP, from its start to the last flush. Everything of OpenTelemetry is loaded by this module.
import { readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { emptyResource } from '@opentelemetry/resources';
import { type MetricProducer, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { api, NodeSDK } from '@opentelemetry/sdk-node';
import type { PushState } from '../../catalogue/exporter-families.ts';
import { redactUrl } from '../../endpoint.ts';
import { errorMessage } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Family } from '../../metrics/family.ts';
import { failure } from './failure.ts';
import { createJournal, type Journal } from './journal.ts';
import { toMetricData } from './metric-data.ts';
import { createPushExporter, type ReadFile } from './push-exporter.ts';
import { createResource, type Identity } from './resource.ts';

import type { OtlpSettings } from './settings.ts';

/** For the last totals to arrive when the exporter ends. */
const FLUSH_LIMIT_MS = 3_000;

/** The values of one moment, ms of the wall clock. */
type Read = () => Promise<{ readonly families: readonly Family[]; readonly takenAtMs: number }>;

export interface PushOptions {
  readonly settings: OtlpSettings;
  readonly identity: Identity;
  readonly read: Read;
  readonly log: Log;
  /** Of an earlier push in whose place this one comes: its counts go on. */
  readonly before?: PushState | undefined;
  /** Of certificates and keys; absent: this process reads them. */
  readonly readFile?: ReadFile;
}

export interface Push {
  state(): PushState;
  /** Pushes what `read` gives now, and ends: within 3 s, whatever the collector does. */
  close(): Promise<void>;
}

/** One per process: the library's own log is a global, and OTEL_* variables are taken out of the environment. */
export function startPush({
  settings,
  identity,
  read,
  log,
  before,
  readFile = readFileSync,
}: PushOptions): Push {
  // The library would read them as well, with the headers that we left out because HTTP forbids them.
  for (const name of Object.keys(process.env).filter((key) => key.startsWith('OTEL_'))) {
    delete process.env[name];
  }
  const { intervalMs } = settings;
  const journal = createJournal(settings, log, before);
  routeWarnings(journal);
  const exporter = createPushExporter(settings, journal, readFile);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    // The exporter keeps to it by itself, with a better word for the log.
    exportTimeoutMillis: intervalMs,
    metricProducers: [createProducer(identity.version, read, journal)],
  });
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: createResource(identity, settings.attributes),
    metricReaders: [reader],
    spanProcessors: [],
    logRecordProcessors: [],
    textMapPropagator: null,
    instrumentations: [],
  });
  sdk.start();
  log.info('pushing metrics', { endpoint: redactUrl(settings.url), interval_ms: intervalMs });
  return {
    state: journal.state,
    async close() {
      await Promise.race([
        sdk.shutdown().catch((error: unknown) => log.debug(`end push: ${errorMessage(error)}`)),
        setTimeout(FLUSH_LIMIT_MS, undefined, { ref: false }),
      ]);
    },
  };
}

/** Its warnings are about answers to requests that succeeded. Its errors are the failures that we tell of. */
function routeWarnings(journal: Journal): void {
  const ignore = () => {};
  const warn = (...said: unknown[]) => journal.warned(said.map(String).join(' '));
  api.diag.setLogger(
    { error: ignore, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

/** Lets other work of the thread in between its steps: a reading of many series takes milliseconds. */
function createProducer(version: string, read: Read, journal: Journal): MetricProducer {
  const scope = { name: 'xdp-exporter', version };
  // The reader puts the SDK's resource in the place of this one.
  const resource = emptyResource();
  return {
    async collect() {
      try {
        const { families, takenAtMs } = await read();
        await setImmediate();
        const scopeMetrics = [{ scope, metrics: toMetricData(families, takenAtMs) }];
        await setImmediate();
        return { errors: [], resourceMetrics: { resource, scopeMetrics } };
      } catch (error) {
        journal.failed(failure('read', errorMessage(error)));
        return { errors: [error], resourceMetrics: { resource, scopeMetrics: [] } };
      }
    },
  };
}
