// SPDX-License-Identifier: Apache-2.0
// The connections that are open, and which of them makes room when there are too many.
import { isIPv6 } from 'node:net';
import type { ServerLimits } from './limits.ts';
import type { Shield } from './shield.ts';

/** What decides over a connection. */
export interface Connection extends Pick<Shield, 'state' | 'remoteAddress' | 'retire'> {
  destroy(): unknown;
}

export class Connections {
  readonly #limits: ServerLimits;
  readonly #onFull: () => void;
  /** With their clients, the oldest first. */
  readonly #open = new Map<Connection, string>();

  /** @param onFull a connection had to go */
  constructor(limits: ServerLimits, onFull: () => void) {
    this.#limits = limits;
    this.#onFull = onFull;
  }

  /**
   * Where there are too many, of the client or in all, the oldest that has not completed a request makes room, else the
   * oldest between two requests, else the oldest stream. Where all others are being answered the new one is closed.
   */
  admit(connection: Connection): void {
    const client = clientOf(connection.remoteAddress);
    const crowd = this.#crowdAround(client);
    this.#open.set(connection, client);
    if (crowd !== undefined) {
      const oldest = (...states: readonly Connection['state'][]) =>
        crowd.find(({ state }) => states.includes(state));
      const victim = oldest('new', 'over') ?? oldest('idle') ?? oldest('streaming') ?? connection;
      this.remove(victim);
      victim.destroy();
      this.#onFull();
    }
  }

  /** It has closed. */
  remove(connection: Connection): void {
    this.#open.delete(connection);
  }

  /** @param which all of them, or those that are not being answered */
  close(which: 'all' | 'idle'): void {
    for (const connection of this.#open.keys()) {
      if (which === 'all' || connection.state !== 'answering') {
        connection.destroy();
      }
    }
  }

  /** Each was made under rules that have changed: it gets one more answer. */
  retire(): void {
    for (const connection of this.#open.keys()) {
      connection.retire();
    }
  }

  /** Those among which one more is one too many. */
  #crowdAround(client: string): Connection[] | undefined {
    const all = [...this.#open.keys()];
    const ofClient = all.filter((connection) => this.#open.get(connection) === client);
    if (ofClient.length >= this.#limits.maxConnectionsPerClient) {
      return ofClient;
    }
    return all.length >= this.#limits.maxConnections ? all : undefined;
  }
}

/** What a single machine may have: an IPv4 address, or the /64 around one of IPv6. */
export function clientOf(address = ''): string {
  const plain = address.replace(/^::ffff:(?=.*\.)/i, '');
  // "::" stands for at least two groups of zeros, and behind two others it ends the network.
  const [start = ''] = plain.split('::');
  return isIPv6(plain) ? `${start}:0:0:0:0`.split(':').slice(0, 4).join(':') : plain;
}
