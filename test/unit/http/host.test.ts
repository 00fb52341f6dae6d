// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ListeningSocket } from '../../../src/kernel/listening-socket.ts';
import { exchange, startTestServer, statuses, type TestServer } from './client.ts';

describe('the name that a client asks for', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const asking = (host: string) =>
    `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  const names: readonly [host: string, isLocal: boolean][] = [
    ['localhost', true],
    ['LOCALHOST:1', true],
    ['127.0.0.1:10390', true],
    ['127.1.2.3', true],
    ['[::1]:10390', true],
    ['', false],
    ['evil.example', false],
    ['evil.example:10390', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['evil@localhost', false],
    ['192.0.2.1', false],
    ['[::2]', false],
  ];
  for (const [host, isLocal] of names) {
    it(`may ${isLocal ? '' : 'not '}be "${host}" where the server listens on loopback`, async () => {
      const answer = await exchange(server.url, asking(host));
      assert.deepEqual(statuses(answer), [isLocal ? 200 : 421]);
    });
  }

  const addresses: readonly [host: string, isLoopback: boolean][] = [
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['', false],
    ['0.0.0.0', false],
  ];
  for (const [host, isLoopback] of addresses) {
    it(`is ${isLoopback ? '' : 'not '}looked at where the server listens on "${host}"`, async () => {
      const other = await startTestServer({
        fd: (await ListeningSocket.open(host, 0)).fd,
      });
      const url = host === '::1' ? other.url : `http://127.0.0.1:${other.port}`;
      const answer = await exchange(url, asking('evil.example'));
      assert.deepEqual(statuses(answer), [isLoopback ? 421 : 200]);
      await other.close();
    });
  }

  it('may be missing in HTTP/1.0', async () => {
    assert.deepEqual(statuses(await exchange(server.url, 'GET / HTTP/1.0\r\n\r\n')), [200]);
  });
});
