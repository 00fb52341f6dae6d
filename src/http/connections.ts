// SPDX-License-Identifier: Apache-2.0
// Who keeps a connection when more want one than may have one.

/** What the pool needs of a socket. */
export interface Connection {
  readonly bytesRead: number;
  destroy(): unknown;
}

/** Called once, when an answer is out or will never be. */
export type EndOfAnswer = () => void;

/** A connection that rests for longer between two requests is not busy. */
const PAUSE_MS = 1_000;

/** What a connection asks for, at any time. */
export interface Load {
  /** Requests that have come whole and are not yet answered whole. */
  readonly pending: ReadonlySet<EndOfAnswer>;
  /** Requests since it last rested for more than a second. */
  readonly asked: number;
}

interface State extends Load {
  readonly pending: Set<EndOfAnswer>;
  asked: number;
  restsSinceMs: number;
  /** What had been read when the last answer was out: more since is part of another request. */
  bytesAtRest?: number;
  onRest?: () => void;
}

export interface ConnectionPoolOptions {
  readonly maxConnections: number;
  /** Runs its argument when what newly accepted connections have sent with their handshake is read. */
  readonly afterReading: (sweep: () => void) => void;
  /** At least one connection had to go. */
  readonly onFull: () => void;
  readonly nowMs?: () => number;
}

/**
 * Above the limit those go first that have not asked anything, the oldest first, then those that rest between two
 * requests, the longest rested first, then those that have asked most without a pause: whoever is always being
 * answered makes room for one that asks once. The newest counts as if it had asked; among equals the newest goes.
 */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #nowMs: () => number;
  /** In the order in which they came or, where they have been answered since, came to rest. */
  readonly #states = new Map<Connection, State>();
  #newest: Connection | undefined;
  #isSweepDue = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  admit(connection: Connection): void {
    this.#states.set(connection, { pending: new Set(), asked: 0, restsSinceMs: 0 });
    this.#newest = connection;
    if (this.#states.size > this.#options.maxConnections && !this.#isSweepDue) {
      this.#isSweepDue = true;
      this.#options.afterReading(() => this.#sweep());
    }
  }

  /** The connection is closed: whatever it still waited for has ended. */
  remove(connection: Connection): void {
    const state = this.#states.get(connection);
    this.#states.delete(connection);
    for (const end of state?.pending ?? []) {
      end();
    }
  }

  /** A request has come whole. Returns undefined, and has called `end`, where the connection had to go. */
  begin(connection: Connection, end: EndOfAnswer): Load | undefined {
    const state = this.#states.get(connection);
    if (state === undefined) {
      end();
      return undefined;
    }
    if (state.pending.size === 0 && this.#nowMs() - state.restsSinceMs > PAUSE_MS) {
      state.asked = 0;
    }
    state.pending.add(end);
    state.asked++;
    return state;
  }

  /** The answer to the request that began with `end` is out. */
  end(connection: Connection, end: EndOfAnswer): void {
    const state = this.#states.get(connection);
    if (state?.pending.delete(end) !== true) {
      return;
    }
    end();
    if (state.pending.size === 0) {
      state.bytesAtRest = connection.bytesRead;
      state.restsSinceMs = this.#nowMs();
      this.#states.delete(connection);
      this.#states.set(connection, state);
      state.onRest?.();
    }
  }

  /** Runs `action` when nothing is pending on the connection; never where it closes before. */
  whenAtRest(connection: Connection, action: () => void): void {
    const state = this.#states.get(connection);
    if (state === undefined) {
      return;
    }
    if (state.pending.size === 0) {
      action();
    } else {
      state.onRest = action;
    }
  }

  /** Ends every connection, those of CONNECT among them, which Node's closeAllConnections() does not know. */
  close(): void {
    for (const connection of this.#states.keys()) {
      connection.destroy();
    }
  }

  #sweep(): void {
    this.#isSweepDue = false;
    const excess = this.#states.size - this.#options.maxConnections;
    if (excess > 0) {
      for (const connection of this.#inOrderOfEviction().slice(0, excess)) {
        this.remove(connection);
        connection.destroy();
      }
      this.#options.onFull();
    }
  }

  #inOrderOfEviction(): Connection[] {
    const incomplete: Connection[] = [];
    const resting: Connection[] = [];
    const answering: { connection: Connection; asked: number }[] = [];
    for (const [connection, { pending, bytesAtRest, asked }] of this.#states) {
      if (pending.size > 0 || (connection === this.#newest && asked === 0)) {
        answering.unshift({ connection, asked: Math.max(1, asked) });
      } else {
        (connection.bytesRead === bytesAtRest ? resting : incomplete).push(connection);
      }
    }
    answering.sort((one, other) => other.asked - one.asked);
    return [...incomplete, ...resting, ...answering.map(({ connection }) => connection)];
  }
}
