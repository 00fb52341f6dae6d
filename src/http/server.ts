// SPDX-License-Identifier: Apache-2.0
// The HTTP server's life: it listens, answers and closes. It knows paths and texts, but no metric.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ExporterError, errorMessage } from '../errors.ts';
import { createAcceptor } from './accept.ts';
import { Connections } from './connections.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { formatListenAddress, isLoopback } from './listen-address.ts';
import { createRareWarning } from './rare-warning.ts';
import { plainText } from './reply.ts';
import { answer, createRoutes, type RouteOptions } from './routes.ts';
import { Shield } from './shield.ts';

export interface ServerOptions extends RouteOptions {
  /** Of a socket that listens. The server takes it over. */
  readonly fd: number;
}

export interface HttpServer {
  /** Where it listens on TCP, with the real port, as in "http://127.0.0.1:10390": no slash at the end. */
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
  const routes = createRoutes(options, limits.maxScrapes);
  const listener = createServer({ allowHalfOpen: true, noDelay: true });
  await listen(listener, options.fd);
  // Such as EMFILE from accept(2). Without a listener it would end the process.
  listener.on('error', (error) => log.error('cannot accept connection', { error: error.message }));
  const { address, port } = addressOf(listener);
  let closed: Promise<void> | undefined;
  const acceptor = createAcceptor(limits, isLoopback(address), async (request, response) => {
    try {
      return await answer(routes, request, response);
    } catch (error) {
      log.error('cannot answer request', { error: errorMessage(error) });
      return plainText(500, 'internal error');
    } finally {
      // A client that asks on and on would hold up the end until the grace is over.
      response.shouldKeepAlive &&= closed === undefined;
    }
  });
  const warn = createRareWarning(log, 'closed connections: too many at once');
  const connections = new Connections(limits, warn);
  listener.on('connection', (socket) => {
    const shield = new Shield(socket, limits);
    shield.once('close', () => connections.remove(shield));
    connections.admit(shield);
    if (!shield.destroyed) {
      acceptor.emit('connection', shield);
    }
  });
  return {
    url: `http://${formatListenAddress({ host: address, port })}`,
    port,
    close() {
      closed ??= closeServer(listener, connections, limits.closeGraceMs);
      return closed;
    },
  };
}

/** A Unix socket has none; whoever can open its file is no stranger. */
function addressOf(server: Server): Pick<AddressInfo, 'address' | 'port'> {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address : { address: '', port: 0 };
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
  listener: Server,
  connections: Connections,
  graceMs: number,
): Promise<void> {
  const closed = once(listener, 'close');
  listener.close();
  connections.close('idle');
  await Promise.race([closed, delay(graceMs, undefined, { ref: false })]);
  connections.close('all');
  await closed;
}
