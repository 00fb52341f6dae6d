// SPDX-License-Identifier: Apache-2.0
// Between Node's server and the routes: which connections stay, which requests are answered, and for how long.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '../log.ts';
import { ConnectionPool } from './connections.ts';
import type { Exchange } from './exchange.ts';
import type { ServerLimits } from './limits.ts';
import { createRareWarning } from './rare-warning.ts';
import { refusalOf, refusalOfError, refuse } from './refusal.ts';
import { type Reply, sendReply } from './reply.ts';
import { METHOD_NOT_ALLOWED } from './routes.ts';

export function acceptConnections(
  server: Server,
  { maxConnections }: ServerLimits,
  log: Logger,
): ConnectionPool {
  const connections = new ConnectionPool({
    maxConnections,
    // The first of the two still belongs to the turn of the event loop that accepted; the next turn reads.
    afterReading: (sweep) => setImmediate(() => setImmediate(sweep)),
    onFull: createRareWarning(log, 'closed connections: too many at once'),
  });
  server.on('connection', (socket) => {
    // Node takes its own listener away from a socket on which CONNECT was asked.
    socket.on('error', () => {});
    socket.once('close', () => connections.remove(socket));
    connections.admit(socket);
  });
  return connections;
}

/** @param answer never rejects */
export function acceptRequests(
  server: Server,
  connections: ConnectionPool,
  limits: ServerLimits,
  answer: (exchange: Exchange) => Promise<Reply>,
): void {
  /** Nothing that comes on these is a request any more: it may be the body of the one that was refused. */
  const refused = new WeakSet<Duplex>();

  function refuseOnce(socket: Duplex, reply: Reply): void {
    if (!refused.has(socket)) {
      refused.add(socket);
      connections.whenAtRest(socket as Socket, () => refuse(socket, reply, limits.lingerMs));
    }
  }

  async function accept(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    if (refused.has(socket) || socket.destroyed) {
      return;
    }
    const refusal = refusalOf(request, limits);
    if (refusal !== undefined) {
      request.resume();
      refuseOnce(socket, refusal);
      return;
    }
    const atEnd: (() => void)[] = [];
    const end = () => {
      for (const action of atEnd) {
        action();
      }
    };
    const load = connections.begin(socket, end);
    if (load === undefined || load.pending.size > limits.maxPipelinedRequests) {
      socket.destroy();
      return;
    }
    response.once('close', () => connections.end(socket, end));
    const reply = await answer({
      request,
      asked: () => load.asked,
      onEnd: (action) => atEnd.push(action),
      isReady: () => response.writableEnded,
      abort: () => socket.destroy(),
    });
    if (!socket.destroyed) {
      sendReply(reply, response);
      // Node limits how long a connection may be idle, but not how slowly a client may read.
      const timer = setTimeout(() => socket.destroy(), limits.drainTimeoutMs).unref();
      atEnd.push(() => clearTimeout(timer));
    }
  }

  server.on('request', accept);
  // Node itself would answer 100 or 417 before a body could be refused.
  server.on('checkContinue', accept);
  server.on('checkExpectation', accept);
  server.on('connect', (_, socket) => refuseOnce(socket, METHOD_NOT_ALLOWED));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const reply = refusalOfError(error.code);
    if (reply === undefined || !socket.writable) {
      socket.destroy();
    } else {
      refuseOnce(socket, reply);
    }
  });
}
