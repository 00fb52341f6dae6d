// SPDX-License-Identifier: Apache-2.0
// The route of the metrics: rendered text, compressed for those who ask, made once for all who wait.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import { errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import { plainText, type Reply } from './reply.ts';

const compress = promisify(gzip);

/** All metrics in one of the formats that a scraper may ask for. */
export interface Exposition {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface TelemetryOptions {
  /**
   * In the format that suits an Accept header best; one that suits none of it gets some format all the same. Where it
   * rejects, clients get 503 and the log the reason.
   */
  readonly render: (accept: string | undefined) => Promise<Exposition>;
  readonly log: Log;
}

/** Scrapes that wait at the same time share one exposition, and one compression of it. */
export function createTelemetryRoute({
  render,
  log,
}: TelemetryOptions): (request: IncomingMessage) => Promise<Reply> {
  /** By Accept header. There are no more of them than scrapes that may be under way. */
  const rendering = new Map<string | undefined, Promise<Exposition | undefined>>();
  const compressing = new WeakMap<Exposition, Promise<Buffer>>();

  function share(accept: string | undefined): Promise<Exposition | undefined> {
    const shared =
      rendering.get(accept) ??
      render(accept)
        .catch((error) => void log.warn('cannot render metrics', { error: errorMessage(error) }))
        .finally(() => rendering.delete(accept));
    rendering.set(accept, shared);
    return shared;
  }

  function compressOnce(exposition: Exposition): Promise<Buffer> {
    // Metrics repeat themselves so much that the fastest level already leaves a tenth.
    const options = { level: constants.Z_BEST_SPEED };
    const shared = compressing.get(exposition) ?? compress(exposition.body, options);
    compressing.set(exposition, shared);
    return shared;
  }

  return async (request) => {
    const exposition = await share(request.headers.accept);
    if (exposition === undefined) {
      return plainText(503, 'metrics cannot be read now; the log of the exporter says why');
    }
    const headers = { 'Content-Type': exposition.contentType, Vary: 'Accept, Accept-Encoding' };
    if (new Negotiator(request).encoding(['gzip', 'identity']) !== 'gzip') {
      return { status: 200, headers, body: exposition.body };
    }
    const body = await compressOnce(exposition);
    return { status: 200, headers: { ...headers, 'Content-Encoding': 'gzip' }, body };
  };
}
