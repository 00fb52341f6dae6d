// SPDX-License-Identifier: Apache-2.0
// The HTTP server's life: it listens, answers and closes. It knows paths and texts, but no metric.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ExporterError, errorMessage } from '../errors.ts';
import { acceptConnections, acceptRequests } from './accept.ts';
import type { ConnectionPool } from './connections.ts';
import { createLimitedServer, DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { formatListenAddress } from './listen-address.ts';
import { plainText } from './reply.ts';
import { answer, createRoutes, type RouteOptions } from './routes.ts';

export interface ServerOptions extends Omit<RouteOptions, 'maxScrapes'> {
  /** Of a socket that listens. The server takes it over. */
  readonly fd: number;
}

export interface HttpServer {
  /** Where it listens, with the real port, as in "http://127.0.0.1:10390": no slash at the end. */
  readonly url: string;
  /** The real one, also where any free one was asked for. */
  readonly port: number;
  /** Stops listening, lets requests under way finish for half a second, then ends every connection. */
  close(): Promise<void>;
}

/**
 * Resolves once the server accepts. Throws a ConfigError where the telemetry path will not do, and an
 * ExporterError where the descriptor is no socket that listens.
 */
export async function startServer(
  options: ServerOptions,
  limits: ServerLimits = DEFAULT_LIMITS,
): Promise<HttpServer> {
  const { log } = options;
  const routes = createRoutes({ ...options, maxScrapes: limits.maxScrapes });
  const server = createLimitedServer(limits);
  const connections = acceptConnections(server, limits, log);
  acceptRequests(server, connections, limits, async (exchange) => {
    try {
      return await answer(routes, exchange);
    } catch (error) {
      log.error('cannot answer request', { error: errorMessage(error) });
      return plainText(500, 'internal error');
    }
  });
  await listen(server, options.fd);
  // Such as EMFILE from accept(2). Without a listener it would end the process.
  server.on('error', (error) => log.error('cannot accept connection', { error: error.message }));
  const { address, port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${formatListenAddress({ host: address, port })}`,
    port,
    close() {
      closed ??= closeServer(server, connections, limits.closeGraceMs);
      return closed;
    },
  };
}

async function listen(server: Server, fd: number): Promise<void> {
  server.listen({ fd });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ExporterError(`listen on descriptor ${fd}: ${errorMessage(cause)}`, { cause });
  }
}

async function closeServer(
  server: Server,
  connections: ConnectionPool,
  graceMs: number,
): Promise<void> {
  const closed = once(server, 'close');
  // Ends idle connections as well.
  server.close();
  await Promise.race([closed, delay(graceMs, undefined, { ref: false })]);
  connections.close();
  await closed;
}
