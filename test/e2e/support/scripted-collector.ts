// SPDX-License-Identifier: Apache-2.0
// A collector that answers as a test tells it to, and keeps what it was sent last.
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type Server as SecureServer } from 'node:https';
import { gunzipSync } from 'node:zlib';

const JSON_TYPE = 'application/json';

/** Answers one request, whose body was read. */
export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

export const accept: Behaviour = (response, request) => {
  const type = request.headers['content-type'] ?? '';
  response.setHeader('content-type', type).end(type === JSON_TYPE ? '{}' : '');
};

/** Never answers. */
export const hang: Behaviour = () => {};

export function answer(
  status: number,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
): Behaviour {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** Begins an answer, then cuts the connection. */
export function truncated(status: number): Behaviour {
  return (response) => {
    response.writeHead(status, { 'content-length': '1000' });
    response.write('{"partial', () => response.destroy());
  };
}

/** Answers without end: as much as the other side takes, or one byte each `intervalMs`. */
export function endless(intervalMs = 0, status = 200): Behaviour {
  return (response) => {
    const block = Buffer.alloc(intervalMs === 0 ? 65_536 : 1, ' ');
    response.writeHead(status);
    let timer: NodeJS.Timeout | undefined;
    const more = () => {
      if (!response.destroyed) {
        timer = setTimeout(() => response.write(block, more), intervalMs);
      }
    };
    response.on('close', () => clearTimeout(timer));
    more();
  };
}

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  /** Of the JSON, as it came; throws where it is protobuf. */
  readonly body: OtlpBody;
  readonly atMs: number;
}

/** What of OTLP's JSON the tests look at. */
export interface OtlpBody {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
  }[];
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
}

export interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[];
  readonly startTimeUnixNano: string;
  readonly asInt?: number;
  readonly asDouble?: number;
}

export class ScriptedCollector {
  readonly #server: Server | SecureServer;
  readonly #secure: boolean;
  #port = 0;
  /** Of every request from now on. */
  behaviour: Behaviour = accept;
  /** The newest last; older ones are dropped. */
  readonly received: Received[] = [];
  /** Since the start. */
  requests = 0;

  private constructor(tls?: { key: string; cert: string }) {
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.#take(request, response).catch(() => response.destroy());
    };
    this.#secure = tls !== undefined;
    this.#server =
      tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
  }

  static async start(tls?: { key: string; cert: string }): Promise<ScriptedCollector> {
    const collector = new ScriptedCollector(tls);
    await collector.listen();
    return collector;
  }

  /** At the same port as before. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `${this.#secure ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /** For connections from now on. */
  present(tls: { key: string; cert: string }): void {
    (this.#server as SecureServer).setSecureContext(tls);
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const bytes = Buffer.concat(chunks);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    this.requests++;
    this.received.push({
      headers: request.headers,
      path: request.url ?? '',
      get body() {
        return JSON.parse(text.toString()) as OtlpBody;
      },
      atMs: Date.now(),
    });
    this.received.splice(0, this.received.length - 20);
    this.behaviour(response, request);
  }

  async close(): Promise<void> {
    if (this.#server.listening) {
      this.#server.close();
      this.#server.closeAllConnections();
      await once(this.#server, 'close');
    }
  }
}
