// SPDX-License-Identifier: Apache-2.0
// The HTTP server's life: it listens, answers and closes. It knows paths and texts, but no metric.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ExporterError, errorMessage } from '../errors.ts';
import { OPEN_TO_ALL, type WebSecurity } from '../web-config/web-security.ts';
import { createAcceptor } from './accept.ts';
import { Connections } from './connections.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { formatListenAddress, isLoopback } from './listen-address.ts';
import type { CheckPassword } from './logins.ts';
import { Protection } from './protection.ts';
import { createRareWarning } from './rare-warning.ts';
import { plainText } from './reply.ts';
import { answer, createRoutes, pathOf, type RouteOptions, type Routes } from './routes.ts';
import { Shield } from './shield.ts';

interface Listener {
  /** Of a socket that listens. The server takes it over. */
  readonly fd: number;
  /** Routes there alone. */
  readonly more?: Routes;
}

export interface ServerOptions extends RouteOptions {
  readonly listeners: readonly Listener[];
  /** Absent: no password is ever asked for. */
  readonly checkPassword?: CheckPassword;
}

export interface HttpServer {
  /** Where each listener is on TCP, with the real port, as in "http://127.0.0.1:10390": no slash at the end. */
  readonly urls: readonly string[];
  /** From now on. Rejects, with nothing changed, where the settings of TLS will not do. */
  secure(security: WebSecurity): Promise<void>;
  /** Stops listening, lets requests under way finish for half a second, then ends every connection. */
  close(): Promise<void>;
}

/**
 * Resolves once the server accepts; everybody is let in, in the clear, until `secure` says otherwise, or from the start as
 * `security` says. Throws a ConfigError where the telemetry path will not do, and an ExporterError where a descriptor is no
 * socket that listens.
 */
export async function startServer(
  options: ServerOptions,
  limits: ServerLimits = DEFAULT_LIMITS,
  security: WebSecurity = OPEN_TO_ALL,
): Promise<HttpServer> {
  const { log, checkPassword = refuseAll } = options;
  const routes = createRoutes(options, limits.maxScrapes);
  const warn = createRareWarning(log, 'closed connections: too many at once');
  const connections = new Connections(limits, warn);
  const protection = new Protection({ limits, connections, checkPassword, log });
  await protection.use(security);
  let closed: Promise<void> | undefined;
  const respond = async (all: Routes, request: IncomingMessage, response: ServerResponse) => {
    try {
      const refusal = await protection.refusalOf(pathOf(request.url ?? ''), request);
      return refusal ?? (await answer(all, request, response));
    } catch (error) {
      log.error('cannot answer request', { error: errorMessage(error) });
      return plainText(500, 'internal error');
    } finally {
      // A client that asks on and on would hold up the end until the grace is over.
      response.shouldKeepAlive &&= closed === undefined;
    }
  };
  const serve = async ({ fd, more = new Map() }: Listener): Promise<Server> => {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    await listen(listener, fd);
    // Such as EMFILE from accept(2). Without a listener it would end the process.
    listener.on('error', (error) =>
      log.error('cannot accept connection', { error: error.message }),
    );
    const all = new Map([...routes, ...more]);
    const acceptor = createAcceptor({
      limits,
      isLoopback: isLoopback(addressOf(listener).address),
      headers: () => protection.headers,
      answer: (request, response) => respond(all, request, response),
    });
    listener.on('connection', (socket) =>
      protection.begin(socket, (safe) => {
        const shield = new Shield(safe, limits);
        shield.once('close', () => connections.remove(shield));
        connections.admit(shield);
        if (!shield.destroyed) {
          acceptor.emit('connection', shield);
        }
      }),
    );
    return listener;
  };
  const servers = await Promise.all(options.listeners.map(serve));
  const scheme = security.tls === undefined ? 'http' : 'https';
  return {
    urls: servers.map((server) => {
      const { address, port } = addressOf(server);
      return `${scheme}://${formatListenAddress({ host: address, port })}`;
    }),
    secure: (next) => protection.use(next),
    close() {
      closed ??= closeServers(servers, connections, limits.closeGraceMs);
      return closed;
    },
  };
}

/** Where nobody can check passwords, none is right. */
async function refuseAll(): Promise<boolean> {
  return false;
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

async function closeServers(
  servers: readonly Server[],
  connections: Connections,
  graceMs: number,
): Promise<void> {
  const closed = Promise.all(servers.map((server) => once(server, 'close')));
  for (const server of servers) {
    server.close();
  }
  connections.close('idle');
  await Promise.race([closed, delay(graceMs, undefined, { ref: false })]);
  connections.close('all');
  await closed;
}
