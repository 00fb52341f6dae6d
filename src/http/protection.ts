// SPDX-License-Identifier: Apache-2.0
// What stands between a client and the routes: TLS, the users, and headers. All of it can change while the server runs.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../log.ts';
import { explainReason } from '../reasons.ts';
import { OPEN_TO_ALL, type WebSecurity } from '../web-config/web-security.ts';
import { type Connections, clientOf } from './connections.ts';
import { Handshakes } from './handshakes.ts';
import type { ServerLimits } from './limits.ts';
import { type CheckPassword, Logins } from './logins.ts';
import { createRareWarning } from './rare-warning.ts';
import { plainText, type Reply } from './reply.ts';
import { HEALTH_PATH } from './telemetry-path.ts';

const UNAUTHORIZED = plainText(401, 'unauthorized', {
  'WWW-Authenticate': 'Basic realm="xdp-exporter", charset="UTF-8"',
});

const TOO_MANY = plainText(429, 'too many passwords to check; try again later', {
  'Retry-After': '1',
});

export interface ProtectionOptions {
  readonly limits: ServerLimits;
  readonly connections: Connections;
  readonly checkPassword: CheckPassword;
  readonly log: Log;
}

export class Protection {
  readonly #options: ProtectionOptions;
  readonly #logins: Logins;
  readonly #warnOfRefused: () => void;
  readonly #warnOfMany: () => void;
  #security: WebSecurity = OPEN_TO_ALL;
  #handshakes: Handshakes | undefined;

  constructor(options: ProtectionOptions) {
    const { checkPassword, log } = options;
    this.#options = options;
    this.#logins = new Logins(checkPassword);
    this.#warnOfRefused = createRareWarning(log, `refused clients: ${explainReason('password')}`);
    this.#warnOfMany = createRareWarning(log, `refused clients: ${explainReason('passwords')}`);
  }

  /** Rejects, with nothing changed, where the settings of TLS will not do. */
  async use(security: WebSecurity): Promise<void> {
    const { limits, connections, log } = this.#options;
    const { tls, users } = security;
    this.#handshakes = tls && (await Handshakes.create(tls, limits, { connections, log }));
    this.#security = security;
    this.#logins.setUsers(users);
    connections.retire();
  }

  /** What every answer has. */
  get headers(): Reply['headers'] {
    return this.#security.headers;
  }

  /** @param take is given the socket to talk on, which is one of TLS where that is on */
  begin(socket: Socket, take: (socket: Socket) => void): void {
    if (this.#handshakes === undefined) {
      take(socket);
    } else {
      this.#handshakes.begin(socket, take);
    }
  }

  /** Why a request is not answered as it is meant; undefined where it is. */
  async refusalOf(path: string, request: IncomingMessage): Promise<Reply | undefined> {
    if (path === HEALTH_PATH) {
      return undefined;
    }
    const { headers, socket } = request;
    const login = await this.#logins.judge(headers.authorization, clientOf(socket.remoteAddress));
    switch (login) {
      case 'accepted':
        return undefined;
      case 'busy':
        this.#warnOfMany();
        return TOO_MANY;
      case 'refused':
        // A browser asks without a password at first.
        if (headers.authorization !== undefined) {
          this.#warnOfRefused();
        }
        return UNAUTHORIZED;
    }
  }
}
