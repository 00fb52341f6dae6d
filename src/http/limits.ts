// SPDX-License-Identifier: Apache-2.0
// Bounds on what any client may make the server hold: connections, requests, header bytes, time.
import { createServer, type Server } from 'node:http';

export interface ServerLimits {
  /** Above these a connection without a whole request makes room, the oldest first. */
  readonly maxConnections: number;
  /** Accepted above those until it is known which of them ask something; the rest are closed unseen. */
  readonly connectionBurst: number;
  /** Requests that one connection may send without waiting for answers; with one more it is closed. */
  readonly maxPipelinedRequests: number;
  /** Requests for the metrics under way on all connections; more are answered with 503. */
  readonly maxScrapes: number;
  /** Request line and headers together, with their line ends; more is answered with 431. */
  readonly maxHeaderBytes: number;
  /** More is answered with 431, too. */
  readonly maxHeaderCount: number;
  /** From the first byte, or from the connection, to the end of the headers; then 408. */
  readonly headersTimeoutMs: number;
  /** The same to the end of a body: a backstop, since a body is refused when its header is seen. */
  readonly requestTimeoutMs: number;
  /** How often Node looks for requests that exceed the two above. */
  readonly checkIntervalMs: number;
  /** Between two requests. */
  readonly keepAliveTimeoutMs: number;
  /** Without a byte moving in either direction while a request is under way. */
  readonly idleTimeoutMs: number;
  /** From the answer being ready to its last byte being on its way: a reader of one byte a second is cut off. */
  readonly drainTimeoutMs: number;
  /** How long a refused client may go on sending before its connection is closed all the same. */
  readonly lingerMs: number;
  /** What requests under way get when the server closes. */
  readonly closeGraceMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxConnections: 64,
  connectionBurst: 448,
  maxPipelinedRequests: 64,
  maxScrapes: 20,
  maxHeaderBytes: 8 * 1024,
  maxHeaderCount: 64,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  checkIntervalMs: 1_000,
  keepAliveTimeoutMs: 15_000,
  idleTimeoutMs: 20_000,
  drainTimeoutMs: 10_000,
  lingerMs: 1_000,
  closeGraceMs: 500,
};

/** A server that keeps those limits for which Node has a setting. */
export function createLimitedServer(limits: ServerLimits): Server {
  const server = createServer({
    // Whatever NODE_OPTIONS say: leniency about framing is what lets requests be smuggled.
    insecureHTTPParser: false,
    requireHostHeader: true,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  });
  server.maxConnections = limits.maxConnections + limits.connectionBurst;
  // Node drops headers beyond this without a word, a Transfer-Encoding among them: one more shows that there are more.
  server.maxHeadersCount = limits.maxHeaderCount + 1;
  server.timeout = limits.idleTimeoutMs;
  return server;
}
