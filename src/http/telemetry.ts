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

export interface Exposition {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface TelemetryOptions {
  /**
   * The whole exposition, in the format that the header Accept asks for. Where it rejects, clients get 503 and the
   * log the reason.
   */
  readonly render: (accept: string | undefined) => Promise<Exposition>;
  readonly log: Logger;
}

/**
 * Never rejects. Requests that wait at the same time share one reply per kind: neither its compression nor
 * its memory multiplies by a thousand requests that one client sends without reading.
 */
export function createTelemetryRoute(
  options: TelemetryOptions,
): (exchange: Exchange) => Promise<Reply> {
  const inFlight = new Map<string, Promise<Reply>>();
  return ({ request }) => {
    const encoding = negotiateEncoding(request);
    const { accept } = request.headers;
    const kind = JSON.stringify([encoding, accept]);
    const shared = inFlight.get(kind);
    if (shared !== undefined) {
      return shared;
    }
    const reply = expose(options, encoding, accept).finally(() => inFlight.delete(kind));
    inFlight.set(kind, reply);
    return reply;
  };
}

function negotiateEncoding(request: IncomingMessage): Encoding {
  return new Negotiator(request).encoding(ENCODINGS) === 'gzip' ? 'gzip' : 'identity';
}

async function expose(
  { render, log }: TelemetryOptions,
  encoding: Encoding,
  accept: string | undefined,
): Promise<Reply> {
  try {
    const { contentType, body } = await render(accept);
    const headers = { 'Content-Type': contentType, Vary: 'Accept, Accept-Encoding' };
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
