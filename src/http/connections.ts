// SPDX-License-Identifier: Apache-2.0
// Who keeps a connection when more want one than may have one.

/** What the pool needs of a socket. */
export interface Connection {
  readonly bytesRead: number;
  destroy(): unknown;
}

/** Called once, when an answer is out or will never be. */
export type EndOfAnswer = () => void;

interface State {
  /** Requests that have come whole and are not yet answered whole. */
  readonly pending: Set<EndOfAnswer>;
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
}

/**
 * Above the limit those go first that have not asked anything, the oldest first, then those that rest between two
 * requests, the longest rested first. The newest has its turn before any that rests; where all others are being
 * answered, it goes itself.
 */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  /** In the order in which they came or, where they have been answered since, came to rest. */
  readonly #states = new Map<Connection, State>();
  #newest: Connection | undefined;
  #isSweepDue = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  admit(connection: Connection): void {
    this.#states.set(connection, { pending: new Set() });
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

  /** A request has come whole. Returns how many on this connection now wait for their answers. */
  begin(connection: Connection, end: EndOfAnswer): number {
    const state = this.#states.get(connection);
    if (state === undefined) {
      end();
      return Number.POSITIVE_INFINITY;
    }
    state.pending.add(end);
    return state.pending.size;
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

  /** Ends every connection. */
  close(): void {
    for (const connection of this.#states.keys()) {
      this.#evict(connection);
    }
  }

  #sweep(): void {
    this.#isSweepDue = false;
    const excess = this.#states.size - this.#options.maxConnections;
    if (excess > 0) {
      for (const connection of this.#inOrderOfEviction().slice(0, excess)) {
        this.#evict(connection);
      }
      this.#options.onFull();
    }
  }

  #inOrderOfEviction(): Connection[] {
    const incomplete: Connection[] = [];
    const resting: Connection[] = [];
    const newest: Connection[] = [];
    const answering: Connection[] = [];
    for (const [connection, { pending, bytesAtRest }] of this.#states) {
      if (pending.size > 0) {
        answering.unshift(connection);
      } else if (connection.bytesRead === bytesAtRest) {
        resting.push(connection);
      } else {
        (connection === this.#newest ? newest : incomplete).push(connection);
      }
    }
    return [...incomplete, ...resting, ...newest, ...answering];
  }

  #evict(connection: Connection): void {
    this.remove(connection);
    connection.destroy();
  }
}
