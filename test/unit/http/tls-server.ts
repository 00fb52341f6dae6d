// SPDX-License-Identifier: Apache-2.0
// A server that speaks TLS by an authority of the test's own, and clients of it.
import { request } from 'node:https';
import type { TestContext } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { ServerLimits } from '../../../src/http/limits.ts';
import type { TlsSettings, WebSecurity } from '../../../src/web-config/web-security.ts';
import { Authority, type KeyPair } from '../../e2e/support/authority.ts';
import { startTestServer, type TestServer } from './client.ts';

export interface Parties {
  /** Signs the certificates of the server and of its friend. */
  readonly authority: Authority;
  /** Signs the certificate of the foe. */
  readonly stranger: Authority;
  readonly own: KeyPair;
  /** What replaces the server's own. */
  readonly next: KeyPair;
  readonly friend: KeyPair;
  readonly foe: KeyPair;
  /** A server with its own certificate, which ends with the test. @param more beside the certificate */
  serve(
    t: TestContext,
    more?: Partial<TlsSettings>,
    limits?: Partial<ServerLimits>,
  ): Promise<TestServer>;
  close(): void;
}

/** A server and its clients, with certificates that are valid while the test runs. */
export function createParties(): Parties {
  const authority = new Authority();
  const stranger = new Authority('stranger');
  const own = authority.sign('own', 'IP:127.0.0.1,DNS:localhost');
  return {
    authority,
    stranger,
    own,
    next: authority.sign('next', 'IP:127.0.0.1,DNS:localhost'),
    friend: authority.sign('friend', 'DNS:friend.example,IP:2001:db8::1'),
    foe: stranger.sign('foe', 'DNS:friend.example'),
    async serve(t, more = {}, limits = {}) {
      const server = await startTestServer({}, limits, securityOf(tlsSettings(own, more)));
      t.after(() => server.close());
      return server;
    },
    close() {
      authority.close();
      stranger.close();
    },
  };
}

/** The settings that a file without a word of them comes to. */
export function tlsSettings({ cert, key }: KeyPair, more: Partial<TlsSettings> = {}): TlsSettings {
  return {
    cert,
    key,
    clientAuth: 'NoClientCert',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    preferServerCiphers: true,
    ...more,
  };
}

export function securityOf(tls: TlsSettings, more: Partial<WebSecurity> = {}): WebSecurity {
  return { tls, headers: {}, users: new Map(), ...more };
}

/** How a client shows who it is. */
export function pair({ cert, key }: KeyPair): Pick<KeyPair, 'cert' | 'key'> {
  return { cert, key };
}

/** One request by an agent of its own; its status and whether the connection is to go on. Rejects where there is no answer. */
export function ask(
  url: string,
  authority: Authority,
  options: ConnectionOptions = {},
): Promise<{ status: number; connection: string | undefined; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, ca: authority.cert, ...options }, (response) => {
      response.resume().once('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, connection: headers.connection, headers });
      });
    });
    outgoing.once('error', reject);
    outgoing.setTimeout(10_000, () => outgoing.destroy(new Error('no answer')));
    outgoing.end();
  });
}

/** Resolves when the handshake is done, as the client sees it. */
export function dialTls(
  url: string,
  authority: Authority,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: hostname, port: Number(port), ca: authority.cert, ...options },
      () => resolve(socket),
    );
    socket.once('error', reject);
  });
}

/** Writes a request, and reads on until the answer has come whole. */
export async function askOn(socket: TLSSocket, path: string): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    answer += chunk;
    const [, length = 'none'] = /^Content-Length: (\d+)/m.exec(answer) ?? [];
    if (answer.length - answer.indexOf('\r\n\r\n') - 4 >= Number(length)) {
      break;
    }
  }
  return answer;
}
