// SPDX-License-Identifier: Apache-2.0
// The route of the metrics: rendered text, compressed for those who ask, made once for all who wait.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import { errorMessage } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Exchange } from './exchange.ts';
import { plainText, type Reply } from './reply.ts';

const compress = promisify(gzip);

/** In the order of our own preference. */
const ENCODINGS = ['gzip', 'identity'] as const;
type Encoding = (typeof ENCODINGS)[number];

export interface TelemetryOptions {
  readonly contentType: string;
  /** The whole exposition. Where it rejects, clients get 503 and the log the reason. */
  readonly render: () => Promise<string>;
  readonly log: Logger;
}

/**
 * Never rejects. Requests that wait at the same time share one reply per encoding: neither its compression nor
 * its memory multiplies by a thousand requests that one client sends without reading.
 */
export function createTelemetryRoute(
  options: TelemetryOptions,
): (exchange: Exchange) => Promise<Reply> {
  const inFlight = new Map<Encoding, Promise<Reply>>();
  return ({ request }) => {
    const encoding = negotiateEncoding(request);
    const shared = inFlight.get(encoding);
    if (shared !== undefined) {
      return shared;
    }
    const reply = expose(options, encoding).finally(() => inFlight.delete(encoding));
    inFlight.set(encoding, reply);
    return reply;
  };
}

function negotiateEncoding(request: IncomingMessage): Encoding {
  return new Negotiator(request).encoding(ENCODINGS) === 'gzip' ? 'gzip' : 'identity';
}

async function expose(
  { contentType, render, log }: TelemetryOptions,
  encoding: Encoding,
): Promise<Reply> {
  const headers = { 'Content-Type': contentType, Vary: 'Accept-Encoding' };
  try {
    const body = Buffer.from(await render());
    if (encoding === 'identity') {
      return { status: 200, headers, body };
    }
    // Metrics repeat themselves so much that the fastest level already leaves a tenth.
    const compressed = await compress(body, { level: constants.Z_BEST_SPEED });
    return { status: 200, headers: { ...headers, 'Content-Encoding': encoding }, body: compressed };
  } catch (error) {
    log.warn('cannot render metrics', { error: errorMessage(error) });
    return plainText(503, 'metrics cannot be read now; the log of the exporter says why');
  }
}
