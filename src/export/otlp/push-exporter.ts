// SPDX-License-Identifier: Apache-2.0
// What the SDK's reader exports through: one of the library's exporters, which writes, compresses, sends and retries.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import type { MetricData, PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { core } from '@opentelemetry/sdk-node';
import { type Failure, failure, failureOf } from './failure.ts';
import type { Journal } from './journal.ts';
import type { OtlpSettings } from './settings.ts';

/** To write so many takes about 2 ms, and 10 where the garbage collector joins in. All at once would hold up a scrape. */
export const REQUEST_POINTS = 1_000;

/** The collector dislikes this request alone: it is too large, or has a point that is refused. */
const OF_ONE_REQUEST = ['400', '413'];

/** Throws where it cannot. */
export type ReadFile = (path: string) => Buffer;

/** Sends the requests of one push in turn, each within its time and all within an interval. */
export function createPushExporter(
  settings: OtlpSettings,
  journal: Journal,
  readFile: ReadFile,
): PushMetricExporter {
  const { timeoutMs, intervalMs } = settings;
  let connection: Awaited<ReturnType<typeof connect>> | undefined;

  function disconnect(): void {
    connection?.close();
    connection = undefined;
  }

  /** The library alone would wait for ever where a reply trickles: its time-out is one of silence. */
  async function send(metrics: ResourceMetrics, leftMs: number): Promise<Failure | undefined> {
    connection ??= await connect(settings, readFile);
    const { exporter } = connection;
    const limitMs = Math.max(0, Math.min(timeoutMs, leftMs));
    const cause = `no answer within ${(limitMs / 1000).toFixed(1)} s`;
    let timer: NodeJS.Timeout | undefined;
    return new Promise<Failure | undefined>((resolve) => {
      const late = () => resolve(failure(leftMs < timeoutMs ? 'overtime' : 'timeout', cause));
      timer = setTimeout(late, limitMs);
      exporter.export(metrics, ({ code, error }) =>
        resolve(code === core.ExportResultCode.SUCCESS ? undefined : failureOf(error)),
      );
    }).finally(() => clearTimeout(timer));
  }

  /** @returns whether all of it has arrived */
  async function push(metrics: ResourceMetrics): Promise<boolean> {
    const endMs = performance.now() + intervalMs;
    let sound = true;
    for (const request of split(metrics)) {
      const failed = await send(request, endMs - performance.now()).catch(failureOf);
      if (failed === undefined) {
        journal.succeeded();
        continue;
      }
      sound = false;
      journal.failed(failed);
      if (!OF_ONE_REQUEST.includes(failed.kind)) {
        disconnect();
        break;
      }
    }
    journal.ended(sound);
    return sound;
  }

  return {
    export(metrics, done) {
      const { SUCCESS, FAILED } = core.ExportResultCode;
      void push(metrics).then((sound) => done({ code: sound ? SUCCESS : FAILED }));
    },
    async forceFlush() {},
    async shutdown() {
      disconnect();
    },
  };
}

/** Requests of at most REQUEST_POINTS points each. */
function split({ resource, scopeMetrics }: ResourceMetrics): readonly ResourceMetrics[] {
  return scopeMetrics.flatMap(({ scope, metrics }) => {
    const requests: MetricData[][] = [];
    let room = 0;
    for (const metric of metrics) {
      for (let from = 0; from < metric.dataPoints.length; ) {
        if (room === 0) {
          requests.push([]);
          room = REQUEST_POINTS;
        }
        const dataPoints = metric.dataPoints.slice(from, from + room);
        requests.at(-1)?.push({ ...metric, dataPoints } as MetricData);
        from += dataPoints.length;
        room -= dataPoints.length;
      }
    }
    return requests.map((part) => ({ resource, scopeMetrics: [{ scope, metrics: part }] }));
  });
}

type Compression = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>['compression'];

/** Reads certificates anew. `close` makes an export under way fail, and not try again. */
async function connect({ url, protocol, ...settings }: OtlpSettings, readFile: ReadFile) {
  const options = { keepAlive: true, timeout: settings.timeoutMs, proxyEnv: process.env };
  const certificates = Object.entries(settings.certificates);
  const files = certificates.map(([name, path]) => [name, readFile(path)]);
  const agent = url.startsWith('https:')
    ? new HttpsAgent({ ...options, ...Object.fromEntries(files) })
    : new HttpAgent(options);
  // Each is loaded only where it is asked for.
  const library = await (protocol === 'http/json'
    ? import('@opentelemetry/exporter-metrics-otlp-http')
    : import('@opentelemetry/exporter-metrics-otlp-proto'));
  let isOpen = true;
  const exporter = new library.OTLPMetricExporter({
    url,
    timeoutMillis: settings.timeoutMs,
    compression: settings.compression as NonNullable<Compression>,
    httpAgentOptions: () => agent,
    // It asks for them before each try.
    async headers() {
      if (!isOpen) {
        throw new Error('this connection was given up');
      }
      return { ...settings.headers };
    },
  });
  const close = () => {
    isOpen = false;
    agent.destroy();
  };
  return { exporter, close };
}
