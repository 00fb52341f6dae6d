// SPDX-License-Identifier: Apache-2.0
// Clients on real sockets: a well-behaved one, and one that sends any bytes at all.
import { once } from 'node:events';
import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventStreamOptions } from '../../../src/http/event-stream.ts';
import { DEFAULT_LIMITS, type ServerLimits } from '../../../src/http/limits.ts';
import { createLiveRoutes } from '../../../src/http/live-page.ts';
import { type HttpServer, type ServerOptions, startServer } from '../../../src/http/server.ts';
import type { Exposition } from '../../../src/http/telemetry.ts';
import { ListeningSocket } from '../../../src/kernel/listening-socket.ts';
import { createLog, type Log, type LogRecord } from '../../../src/log.ts';
import type { WebSecurity } from '../../../src/web-config/web-security.ts';

export interface Response {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
  /** An address of the loopback device: a client of its own. */
  readonly localAddress?: string;
}

export async function fetchOnce(url: string, options: RequestOptions = {}): Promise<Response> {
  const outgoing = request(url, { agent: false, ...options }).end();
  const [incoming] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk);
  }
  return { status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks) };
}

/** To a server on 127.0.0.1 or ::1. @param localAddress as in `RequestOptions` */
export async function connectTo(url: string, localAddress?: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const from = localAddress === undefined ? {} : { localAddress };
  const socket = connect({ host: hostname.replace(/[[\]]/g, ''), port: Number(port), ...from });
  // A reset is one of the ways in which a server may end a connection.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** The status of every response in what a server sent. */
export function statuses(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}

/** Sends bytes as they are and returns all that comes back until the server closes the connection. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const socket = await connectTo(url);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(bytes);
  await closed(socket);
  return Buffer.concat(chunks).toString('latin1');
}

/** Fails after ten seconds rather than hang. */
export async function closed(socket: Socket): Promise<void> {
  await Promise.race([
    // Not once() of node:events, which rejects where the connection ends with a reset.
    new Promise((resolve) => socket.once('close', resolve)),
    delay(10_000, undefined, { ref: false }).then(() => {
      throw new Error('the server kept the connection open');
    }),
  ]);
}

export function exposition(text: string): Exposition {
  return { contentType: 'text/plain; version=0.0.4; charset=utf-8', body: Buffer.from(text) };
}

export interface TestServer extends HttpServer {
  /** No slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly logged: readonly LogRecord[];
}

/** A server on a free port of 127.0.0.1, with whatever the test changes. */
export async function startTestServer(
  { fd, ...options }: Partial<ServerOptions> & { readonly fd?: number } = {},
  limits: Partial<ServerLimits> = {},
  security?: WebSecurity,
): Promise<TestServer> {
  const logged: LogRecord[] = [];
  const log: Log = createLog((record) => logged.push(record));
  const server = await startServer(
    {
      listeners: [{ fd: fd ?? (await ListeningSocket.open('127.0.0.1', 0)).fd }],
      telemetryPath: '/metrics',
      render: async () => exposition('up 1\n'),
      readiness: () => ({ ready: true }),
      log,
      ...options,
    },
    { ...DEFAULT_LIMITS, ...limits },
    security,
  );
  const [url = ''] = server.urls;
  return { ...server, url, port: Number(new URL(url).port), logged };
}

/** The same with the live page. */
export async function startLiveServer(
  events: Pick<EventStreamOptions, 'next' | 'limits'>,
  limits: Partial<ServerLimits> = {},
): Promise<TestServer> {
  const logged: LogRecord[] = [];
  const log = createLog((record) => logged.push(record));
  const more = createLiveRoutes({ telemetryPath: '/metrics', log, ...events });
  return { ...(await startTestServer({ more }, limits)), logged };
}
