// SPDX-License-Identifier: Apache-2.0
// One connection to the collector with the library's exporter on it, which retries, compresses and adds headers.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter,
} from '@opentelemetry/exporter-metrics-otlp-http';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { core } from '@opentelemetry/sdk-node';
import { ExporterError, errorMessage } from '../../errors.ts';
import { type Failure, failureOf } from './failure.ts';
import type { CertificateFile, OtlpSettings } from './settings.ts';

/** An enum of a package that is not a dependency of ours. */
type Compression = NonNullable<
  NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>['compression']
>;

export interface Transport {
  /** Resolves to undefined where the collector took the data. One at a time. */
  send(metrics: ResourceMetrics): Promise<Failure | undefined>;
  /** Cuts the connection, and nothing is sent any more, not even by a retry that still waits. */
  close(): void;
}

/**
 * @param readFile of certificates and keys
 * @throws ExporterError where one cannot be read
 */
export function createTransport(
  { url, timeoutMs, compression, certificates }: OtlpSettings,
  readFile: ReadFile = readFileSync,
): Transport {
  const agent = url.startsWith('https:')
    ? new HttpsAgent({ keepAlive: true, ...readCertificates(certificates, readFile) })
    : new HttpAgent({ keepAlive: true });
  const exporter = new OTLPMetricExporter({
    url,
    timeoutMillis: timeoutMs,
    compression: compression as Compression,
    temporalityPreference: AggregationTemporalityPreference.CUMULATIVE,
    httpAgentOptions: () => agent,
  });
  let status: number | undefined;
  let tooLong: Failure | undefined;
  const noteReply = (message: unknown) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    if ((request as { agent?: unknown }).agent === agent) {
      status = response.statusCode;
      tooLong = undefined;
      limitReply(response, (error) => {
        tooLong = failureOf(error, undefined);
      });
    }
  };
  subscribe(RESPONSE_CHANNEL, noteReply);
  return {
    send(metrics) {
      status = undefined;
      tooLong = undefined;
      return new Promise((resolve) => {
        exporter.export(metrics, ({ code, error }) =>
          resolve(code === core.ExportResultCode.SUCCESS ? tooLong : failureOf(error, status)),
        );
      });
    },
    close() {
      unsubscribe(RESPONSE_CHANNEL, noteReply);
      agent.createConnection = () => {
        throw new Error('this connection was given up');
      };
      agent.destroy();
    },
  };
}

/** Node's own; a message for every answer to any request of this process. */
const RESPONSE_CHANNEL = 'http.client.response.finish';

/** What OTLP answers is a few lines. The library would hold 4 MiB of each reply until the garbage is collected. */
const MAX_REPLY_BYTES = 65_536;

/** The library listens to the same data a moment later, and takes a reply with status 200 that ends so for a success. */
function limitReply(reply: IncomingMessage, exceeded: (error: Error) => void): void {
  let bytes = 0;
  reply.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_REPLY_BYTES) {
      exceeded(new Error(`the answer is longer than ${MAX_REPLY_BYTES} bytes`));
      reply.destroy();
      // Before the error of the broken connection, so that the library heeds the status and Retry-After.
      reply.emit('end');
    }
  });
}

/** Throws as `readFileSync` does. */
export type ReadFile = (path: string) => Buffer;

function readCertificates(
  files: OtlpSettings['certificates'],
  readFile: ReadFile,
): Record<string, Buffer> {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, readCertificate(file, readFile)]),
  );
}

function readCertificate({ variable, path }: CertificateFile, readFile: ReadFile): Buffer {
  try {
    return readFile(path);
  } catch (cause) {
    throw new ExporterError(`read ${variable} "${path}": ${errorMessage(cause)}`, { cause });
  }
}
