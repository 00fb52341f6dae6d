// SPDX-License-Identifier: Apache-2.0
// Bounds on what any client may make the server hold: connections, header bytes, time.
import { createServer, type Server } from 'node:http';

export interface ServerLimits {
  /** Connections beyond these are closed at once. */
  readonly maxConnections: number;
  /** Request line and headers together; more is answered with 431. */
  readonly maxHeaderBytes: number;
  readonly maxHeaderCount: number;
  /** From the first byte, or from the connection, to the end of the headers; then 408. */
  readonly headersTimeoutMs: number;
  /** The same to the end of the body, which nobody reads. */
  readonly requestTimeoutMs: number;
  /** How often Node looks for requests that exceed the two above. */
  readonly checkIntervalMs: number;
  /** Longer than the usual scrape interval, so that Prometheus keeps its connection. */
  readonly keepAliveTimeoutMs: number;
  /** Without a byte moving in either direction while a request is under way. */
  readonly idleTimeoutMs: number;
  /** From the request to the last byte of the response: a reader of one byte a second is cut off, too. */
  readonly responseTimeoutMs: number;
  /** What requests under way get when the server closes. */
  readonly closeGraceMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxConnections: 128,
  maxHeaderBytes: 8 * 1024,
  maxHeaderCount: 64,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  checkIntervalMs: 1_000,
  keepAliveTimeoutMs: 75_000,
  idleTimeoutMs: 20_000,
  responseTimeoutMs: 60_000,
  closeGraceMs: 500,
};

/** A server that keeps all limits but the last two, for which Node has no setting. */
export function createLimitedServer(limits: ServerLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  });
  server.maxConnections = limits.maxConnections;
  server.maxHeadersCount = limits.maxHeaderCount;
  server.timeout = limits.idleTimeoutMs;
  return server;
}
