// SPDX-License-Identifier: Apache-2.0
// Bounds on what any client may make the server hold: connections, scrapes, header bytes, time.

export interface ServerLimits {
  /** Above these, one that is not being answered makes room. */
  readonly maxConnections: number;
  /** The same among the connections of one client. */
  readonly maxConnectionsPerClient: number;
  /** Requests for the metrics or the readiness under way: more than one client has connections. Others get 503. */
  readonly maxScrapes: number;
  /** Request line and headers together, with their line ends; more is answered with 431. */
  readonly maxHeaderBytes: number;
  /** More is answered with 431, too. */
  readonly maxHeaderCount: number;
  /** From the connection, or from the first byte of a later request, to the end of its headers; then 408. */
  readonly headersTimeoutMs: number;
  /** Between two requests. */
  readonly keepAliveTimeoutMs: number;
  /** Without a byte moving in either direction while a request is under way. */
  readonly idleTimeoutMs: number;
  /** From the answer being ready to its last byte being on its way: a reader of one byte a second is cut off. */
  readonly drainTimeoutMs: number;
  /** How long a client may go on sending after the last answer on its connection. */
  readonly lingerMs: number;
  /** What requests under way get when the server closes. */
  readonly closeGraceMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxConnections: 64,
  maxConnectionsPerClient: 16,
  maxScrapes: 20,
  maxHeaderBytes: 8 * 1024,
  maxHeaderCount: 64,
  headersTimeoutMs: 5_000,
  keepAliveTimeoutMs: 15_000,
  idleTimeoutMs: 20_000,
  drainTimeoutMs: 10_000,
  lingerMs: 1_000,
  closeGraceMs: 500,
};

/**
 * At the control socket all clients are one, and its streams hold connections for good. A request may name many devices; what
 * the engine is asked must fit into one message, see MAX_WIRE_MESSAGE_BYTES in src/supervisor/accepts.ts.
 */
export const CONTROL_LIMITS: ServerLimits = {
  ...DEFAULT_LIMITS,
  maxHeaderBytes: 48 * 1024,
  maxConnections: 32,
  maxConnectionsPerClient: 32,
};
