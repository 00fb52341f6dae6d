// SPDX-License-Identifier: Apache-2.0
// A client of HTTPS that keeps its connection, as Prometheus does.
import { Agent, request } from 'node:https';
import type { WebFolder } from './web-folder.ts';

export interface SecureAnswer {
  readonly status: number;
  readonly body: string;
  readonly tookMs: number;
}

interface ClientOptions {
  /** "name:password" */
  readonly login?: string;
  readonly keepAlive?: boolean;
  readonly localAddress?: string;
}

export class SecureClient {
  readonly #agent: Agent;
  readonly #options: ClientOptions;

  constructor({ authority, client }: WebFolder, options: ClientOptions = {}) {
    const { cert, key } = client;
    const { keepAlive = true } = options;
    this.#agent = new Agent({ ca: authority.cert, cert, key, keepAlive, maxSockets: 4 });
    this.#options = options;
  }

  /** Rejects where no answer comes. */
  get(url: string | URL, login = this.#options.login): Promise<SecureAnswer> {
    const startMs = performance.now();
    const { localAddress } = this.#options;
    return new Promise((resolve, reject) => {
      const outgoing = request(url, {
        agent: this.#agent,
        ...(login === undefined ? {} : { auth: login }),
        ...(localAddress === undefined ? {} : { localAddress }),
      });
      outgoing.once('error', reject);
      outgoing.setTimeout(10_000, () => outgoing.destroy(new Error(`no answer from ${url}`)));
      outgoing.once('response', (incoming) => {
        let body = '';
        incoming.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        incoming.once('end', () =>
          resolve({ status: incoming.statusCode ?? 0, body, tookMs: performance.now() - startMs }),
        );
        incoming.once('error', reject);
      });
      outgoing.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
