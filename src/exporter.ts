// SPDX-License-Identifier: Apache-2.0
// The main thread's composition root: engine -> families -> Prometheus -> HTTP, and -> OTLP where it is on.
import { setTimeout } from 'node:timers/promises';
import { createFamilies } from './catalogue/families.ts';
import { EngineClient } from './engine/client.ts';
import type { EngineOptions } from './engine/messages.ts';
import { ExporterError, errorMessage } from './errors.ts';
import type { Push } from './export/otlp/push.ts';
import type { OtlpConfig } from './export/otlp/settings.ts';
import { createPrometheusExporter } from './export/prometheus.ts';
import { formatListenAddress } from './http/listen-address.ts';
import type { Readiness } from './http/routes.ts';
import { startServer } from './http/server.ts';
import type { DeviceSelection } from './instruments/selection.ts';
import type { Logger } from './log.ts';
import type { WebConfig } from './options/settings.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

export interface ExporterConfig {
  readonly engine: EngineOptions;
  readonly web: WebConfig;
  /** Without settings nothing of OTLP is loaded. */
  readonly otlp: OtlpConfig;
  readonly version: string;
}

/** For the engine to detach and to read what is left; then the push goes without. */
const FINISH_LIMIT_MS = 1_000;

export interface Exporter {
  /** Of the metrics. */
  readonly url: string;
  snapshot(): Promise<Snapshot>;
  /** Tells the service manager: sd_notify(3). */
  notify(socket: string, state: string): void;
  /** Counts on other devices from now on. */
  select(selection: DeviceSelection): Promise<void>;
  /** Rejects when the engine ends without having been asked to. */
  readonly failed: Promise<never>;
  /** Detaches, pushes the last totals, stops serving. Takes less than 2 s, and with OTLP less than 5 s. */
  close(): Promise<void>;
}

/** Listens first: a port in use is found out before any device is touched. Scrapes wait for the engine. */
export async function startExporter(
  { engine: options, web, otlp, version }: ExporterConfig,
  log: Logger,
): Promise<Exporter> {
  for (const { level, message } of otlp.notes) {
    log[level](message);
  }
  let starting: Promise<EngineClient> | undefined;
  const families = createFamilies({ version, nodeVersion: process.version });
  const snapshot = async () => {
    if (starting === undefined) {
      throw new ExporterError('read snapshot: the engine has not started yet');
    }
    return (await starting).snapshot();
  };
  let push: Push | undefined;
  const prometheus = createPrometheusExporter(async () =>
    families(await snapshot(), push?.state()),
  );
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
    let last: Snapshot | undefined;
    if (otlp.settings !== undefined) {
      // Loaded here and only here: it takes 20 MB.
      const { startPush } = await import('./export/otlp/push.ts');
      push = startPush({
        settings: otlp.settings,
        identity: {
          version,
          listenAddress: formatListenAddress({ ...web.listenAddress, port: server.port }),
          netnsPath: netnsPathOf(options.netns),
        },
        log,
        async read() {
          const taken = last ?? (await engine.snapshot());
          return { families: families(taken, push?.state()), takenAtMs: taken.takenAtMs };
        },
      });
    }
    return {
      url: `${server.url}${web.telemetryPath}`,
      snapshot,
      notify: (socket, state) => engine.notify(socket, state),
      select: (selection) => engine.select(selection),
      failed: engine.failed,
      async close() {
        if (push !== undefined) {
          last = await finishEngine(engine);
        }
        await Promise.all([engine.close(), server.close(), push?.close()]);
      },
    };
  } catch (error) {
    const engine = await starting?.catch(() => undefined);
    await Promise.all([engine?.close(), server.close()]);
    throw error;
  }
}

/** Detached, and read for the last time; undefined where the engine has ended or is stuck. */
async function finishEngine(engine: EngineClient): Promise<Snapshot | undefined> {
  const limit = setTimeout(FINISH_LIMIT_MS, undefined, { ref: false });
  return Promise.race([engine.finish().catch(() => undefined), limit]);
}

/** Of the one namespace that is watched, else of our own; a name is one of ip-netns(8), as for the engine. */
function netnsPathOf([netns, ...others]: readonly string[]): string {
  if (netns === undefined || others.length > 0) {
    return '/proc/self/ns/net';
  }
  return netns.includes('/') ? netns : `/run/netns/${netns}`;
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
