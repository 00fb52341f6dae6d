// SPDX-License-Identifier: Apache-2.0
// The main thread's composition root: engine -> families -> Prometheus -> HTTP.
import type { WebConfig } from './config.ts';
import { EngineClient } from './engine/client.ts';
import type { EngineOptions } from './engine/messages.ts';
import { ExporterError, errorMessage } from './errors.ts';
import { createPrometheusExporter } from './export/prometheus.ts';
import type { Readiness } from './http/routes.ts';
import { startServer } from './http/server.ts';
import type { Logger } from './log.ts';
import { createFamilies } from './metrics/families.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

export interface ExporterConfig {
  readonly engine: EngineOptions;
  readonly web: WebConfig;
  readonly version: string;
}

export interface Exporter {
  /** Of the metrics. */
  readonly url: string;
  snapshot(): Promise<Snapshot>;
  /** Tells the service manager: sd_notify(3). */
  notify(socket: string, state: string): void;
  /** Rejects when the engine ends without having been asked to. */
  readonly failed: Promise<never>;
  /** Detaches, stops serving. Takes less than 2 s. */
  close(): Promise<void>;
}

/** Listens first: a port in use is found out before any device is touched. Scrapes wait for the engine. */
export async function startExporter(
  { engine: options, web, version }: ExporterConfig,
  log: Logger,
): Promise<Exporter> {
  let starting: Promise<EngineClient> | undefined;
  const families = createFamilies({ version, nodeVersion: process.version });
  const snapshot = async () => {
    if (starting === undefined) {
      throw new ExporterError('read snapshot: the engine has not started yet');
    }
    return (await starting).snapshot();
  };
  const prometheus = createPrometheusExporter(async () => families(await snapshot()));
  const server = await startServer({
    address: web.listenAddress,
    telemetryPath: web.telemetryPath,
    contentType: prometheus.contentType,
    render: () => prometheus.render(),
    readiness: () => readiness(snapshot),
    log,
  });
  try {
    starting = EngineClient.start(options, {
      log: ({ level, message, fields }) => log[level](message, fields),
    });
    const engine = await starting;
    return {
      url: `${server.url}${web.telemetryPath}`,
      snapshot,
      notify: (socket, state) => engine.notify(socket, state),
      failed: engine.failed,
      async close() {
        await Promise.all([engine.close(), server.close()]);
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Ready: at least one device is attached, and a read of the kernel succeeds as a whole. */
async function readiness(read: () => Promise<Snapshot>): Promise<Readiness> {
  try {
    const { devices, collectors } = await read();
    const failed = collectors.find(({ success }) => !success);
    if (failed !== undefined) {
      return { ready: false, reason: `collector ${failed.name} failed` };
    }
    return devices.some(({ up }) => up)
      ? { ready: true }
      : { ready: false, reason: 'no device is attached' };
  } catch (error) {
    return { ready: false, reason: errorMessage(error) };
  }
}
