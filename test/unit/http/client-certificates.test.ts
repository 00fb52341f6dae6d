// SPDX-License-Identifier: Apache-2.0
// The server over TLS: what it asks of clients.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { ClientAuthType } from '../../../src/web-config/web-security.ts';
import type { KeyPair } from '../../e2e/support/authority.ts';
import { closed } from './client.ts';
import { ask, createParties, dialTls, pair } from './tls-server.ts';

const { authority, friend, foe, serve, close } = createParties();
after(close);

describe('a server that asks for certificates', () => {
  const none = () => ({});
  const known = () => pair(friend);
  const unknown = () => pair(foe);
  const table: Record<ClientAuthType, readonly [() => object, boolean][]> = {
    NoClientCert: [
      [none, true],
      [known, true],
      [unknown, true],
    ],
    RequestClientCert: [
      [none, true],
      [known, true],
      [unknown, true],
    ],
    RequireAnyClientCert: [
      [none, false],
      [known, true],
      [unknown, true],
    ],
    VerifyClientCertIfGiven: [
      [none, true],
      [known, true],
      [unknown, false],
    ],
    RequireAndVerifyClientCert: [
      [none, false],
      [known, true],
      [unknown, false],
    ],
  };
  for (const [clientAuth, outcomes] of Object.entries(table)) {
    it(`${clientAuth} lets those in whom Go lets in`, async (t) => {
      const more = { clientAuth: clientAuth as ClientAuthType, clientCa: authority.cert };
      const { url, logged } = await serve(t, more);
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        for (const [client, isLetIn] of outcomes) {
          const asked = ask(url, authority, { ...client(), maxVersion: version });
          const found = await asked.then(
            ({ status }) => status === 200,
            () => false,
          );
          assert.equal(found, isLetIn, `${client.name} by ${version}`);
        }
      }
      assert.equal(
        logged.length > 0,
        outcomes.some(([, isLetIn]) => !isLetIn),
      );
    });
  }

  it('lets nobody in by the session of another whose certificate is not good', async (t) => {
    const clientAuth = 'RequireAndVerifyClientCert';
    const { url } = await serve(t, { clientAuth, clientCa: authority.cert });
    const sessionsOf = async (client: KeyPair): Promise<readonly Buffer[]> => {
      const sessions: Buffer[] = [];
      const socket = await dialTls(url, authority, pair(client));
      socket.on('session', (session) => sessions.push(session));
      socket.on('error', () => {});
      socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      await closed(socket.resume());
      return sessions;
    };
    const good = await sessionsOf(friend);
    assert.ok(good.length > 0);
    for (const session of good) {
      assert.equal((await ask(url, authority, { session })).status, 200);
    }
    for (const session of await sessionsOf(foe)) {
      await assert.rejects(ask(url, authority, { session }));
    }
  });

  it('wants one of the names that it is given', async (t) => {
    const clientAuth = 'RequireAndVerifyClientCert';
    const asks = { clientAuth, clientCa: authority.cert } as const;
    for (const [names, isLetIn] of [
      [['friend.example'], true],
      [['other.example', '2001:db8::1'], true],
      [['Friend.example', 'example'], false],
      [[], false],
    ] as const) {
      const server = await serve(t, { ...asks, clientAllowedSans: names });
      const asked = ask(server.url, authority, pair(friend));
      await (isLetIn ? asked : assert.rejects(asked));
      assert.deepEqual(
        server.logged.map(({ fields }) => fields['reason']),
        isLetIn ? [] : ['no name in the certificate is allowed'],
      );
    }
  });
});
