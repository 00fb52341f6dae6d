// SPDX-License-Identifier: Apache-2.0
// The handshakes of TLS that are under way. Each counts among the connections, as one that has asked for nothing yet.
import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import type { Log } from '../log.ts';
import { explainReason } from '../reasons.ts';
import { tlsOptionsOf } from '../web-config/tls-options.ts';
import type { TlsSettings } from '../web-config/web-security.ts';
import { namesOf } from './client-names.ts';
import type { Connection, Connections } from './connections.ts';
import type { ServerLimits } from './limits.ts';
import { createRareWarning } from './rare-warning.ts';

type Take = (socket: Socket) => void;

interface Pending extends Connection {
  readonly take: Take;
  readonly timer: NodeJS.Timeout;
}

interface Parts {
  readonly connections: Connections;
  readonly log: Log;
}

export class Handshakes {
  readonly #limits: ServerLimits;
  readonly #connections: Connections;
  readonly #warn: (fields: { readonly reason: string }) => void;
  readonly #settings: TlsSettings;
  readonly #server: Server;
  readonly #pending = new Map<string, Pending>();

  private constructor(
    settings: TlsSettings,
    server: Server,
    { connections, log, limits }: Parts & { readonly limits: ServerLimits },
  ) {
    this.#limits = limits;
    this.#settings = settings;
    this.#server = server;
    this.#connections = connections;
    this.#warn = createRareWarning(log, `refused clients: ${explainReason('handshake')}`);
    server.on('secureConnection', (socket) => this.#finish(socket));
    server.on('tlsClientError', (error, { authorizationError }) => {
      const { reason, code } = error as NodeJS.ErrnoException & { reason?: string };
      const said = String(authorizationError ?? reason ?? code ?? error.message);
      // One that leaves by itself may be a probe of the port.
      if (code !== 'ECONNRESET' || authorizationError) {
        this.#warn({ reason: code === 'ERR_SSL_HTTP_REQUEST' ? PLAIN_HTTP : said });
      }
    });
  }

  /** With settings for which `createSecureContext` throws nothing. */
  static async create(
    settings: TlsSettings,
    limits: ServerLimits,
    parts: Parts,
  ): Promise<Handshakes> {
    // Loaded here and only here: most exporters are asked in the clear.
    const { createServer } = await import('node:tls');
    // It does not listen: each connection is handed to it.
    const server = createServer(tlsOptionsOf(settings));
    return new Handshakes(settings, server, { ...parts, limits });
  }

  /** @param take is given the socket to talk on, once the client is known to be one that may */
  begin(socket: Socket, take: Take): void {
    if (socket.remoteAddress === undefined) {
      // Its client has left already.
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const pending: Pending = {
      state: 'new',
      remoteAddress: socket.remoteAddress,
      destroy: () => socket.destroy(),
      retire() {},
      take,
      // Node's own limit begins anew with each byte.
      timer: setTimeout(() => socket.destroy(), this.#limits.headersTimeoutMs).unref(),
    };
    this.#pending.set(key, pending);
    socket.once('close', () => this.#forget(key, pending));
    // Without a listener an error of what is below TLS would end the process.
    socket.on('error', () => {});
    this.#connections.admit(pending);
    if (!socket.destroyed) {
      this.#server.emit('connection', socket);
    }
  }

  #finish(socket: TLSSocket): void {
    const key = keyOf(socket);
    const pending = this.#pending.get(key);
    const refusal = this.#refusalOf(socket);
    if (refusal !== undefined) {
      this.#warn({ reason: refusal });
    }
    if (pending === undefined || refusal !== undefined) {
      socket.destroy();
      return;
    }
    this.#forget(key, pending);
    pending.take(socket);
  }

  #forget(key: string, pending: Pending): void {
    if (this.#pending.get(key) === pending) {
      this.#pending.delete(key);
    }
    clearTimeout(pending.timer);
    this.#connections.remove(pending);
  }

  /** Why a client may not go on. */
  #refusalOf(socket: TLSSocket): string | undefined {
    const { clientAuth, clientAllowedSans } = this.#settings;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      return clientAuth.startsWith('Require') ? 'no certificate' : undefined;
    }
    if (clientAuth === 'VerifyClientCertIfGiven' && !socket.authorized) {
      return String(socket.authorizationError ?? 'the certificate is not verified');
    }
    if (clientAllowedSans !== undefined) {
      const names = namesOf(certificate.subjectAltName ?? '');
      return names.some((name) => clientAllowedSans.includes(name))
        ? undefined
        : 'no name in the certificate is allowed';
    }
    return undefined;
  }
}

/** OpenSSL's own words for it leave open whose mistake it is. */
const PLAIN_HTTP = 'the client spoke plain HTTP; it must use https://';

/** No two TCP connections have the same four. */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
