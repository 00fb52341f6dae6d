// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  closed,
  connectTo,
  exchange,
  exposition,
  fetchOnce,
  startTestServer,
  statuses,
} from './client.ts';

/** More than all the buffers between two sockets hold. */
const LARGE_TEXT = 'x'.repeat(64 * 1024 * 1024);

describe('the server', () => {
  it('answers headers that never end with 408', async () => {
    const server = await startTestServer({}, { headersTimeoutMs: 50 });
    const answer = await exchange(server.url, 'GET / HTTP/1.1\r\nHost: localhost\r\n');
    assert.match(answer, /^HTTP\/1.1 408 /);
    await server.close();
  });

  it('ends a connection on which nothing is ever sent', async () => {
    const server = await startTestServer({}, { headersTimeoutMs: 50 });
    await closed((await connectTo(server.url)).resume());
    await server.close();
  });

  it('ends a request whose body never ends', async () => {
    const limits = { headersTimeoutMs: 50 };
    const server = await startTestServer({}, limits);
    const head = 'POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nsome';
    assert.match(await exchange(server.url, head), /^HTTP\/1.1 413 /);
    await server.close();
  });

  it('answers a later request whose headers never end with 408, too', async () => {
    const server = await startTestServer({}, { headersTimeoutMs: 50 });
    const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';
    assert.deepEqual(statuses(await exchange(server.url, `${request}\r\n${request}`)), [200, 408]);
    await server.close();
  });

  it('ends a connection that is kept longer than it is used', async () => {
    const server = await startTestServer({}, { keepAliveTimeoutMs: 50 });
    const answer = await exchange(server.url, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.match(answer, /^HTTP\/1.1 200 OK/);
    await server.close();
  });

  it('ends the connection of a client that does not read', async () => {
    const server = await startTestServer(
      { render: async () => exposition(LARGE_TEXT) },
      { idleTimeoutMs: 100, closeGraceMs: 50 },
    );
    const socket = await connectTo(server.url);
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket.pause(), 'readable');
    await delay(500);
    await closed(socket.resume());
    assert.ok(socket.bytesRead < LARGE_TEXT.length);
    await server.close();
  });

  it('ends the connection of a client that reads, but too slowly', async () => {
    const server = await startTestServer(
      { render: async () => exposition(LARGE_TEXT) },
      { drainTimeoutMs: 300 },
    );
    const socket = await connectTo(server.url);
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (!socket.destroyed) {
      socket.read(64 * 1024);
      await delay(10);
    }
    assert.ok(socket.bytesRead < LARGE_TEXT.length);
    await server.close();
  });

  it('lets a new connection in for the oldest that has asked nothing', async () => {
    const server = await startTestServer({}, { maxConnections: 2 });
    const [first, second] = [await connectTo(server.url), await connectTo(server.url)];
    const firstClosed = closed(first.resume());
    assert.equal((await fetchOnce(`${server.url}/healthz`)).status, 200);
    await firstClosed;
    assert.equal(second.destroyed, false);
    await server.close();
  });

  it('logs once a minute that connections had to go', async () => {
    const server = await startTestServer({}, { maxConnections: 1 });
    for (let connection = 0; connection < 5; connection++) {
      await connectTo(server.url);
    }
    assert.equal((await fetchOnce(`${server.url}/healthz`)).status, 200);
    assert.deepEqual(server.logged, [
      { level: 'warn', message: 'closed connections: too many at once', fields: { times: 1 } },
    ]);
    await server.close();
  });

  it('keeps places for others where one client wants all', async () => {
    const limits = { maxConnections: 8, maxConnectionsPerClient: 4 };
    const server = await startTestServer({ render: () => new Promise(() => {}) }, limits);
    const crowd = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const socket = (await connectTo(server.url)).resume();
        socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
        return socket;
      }),
    );
    await fetchOnce(`${server.url}/healthz`, { localAddress: '127.0.0.2' });
    await assert.rejects(fetchOnce(`${server.url}/healthz`), 'all its places are taken');
    const url = `${server.url}/healthz`;
    for (let request = 0; request < 10; request++) {
      assert.equal((await fetchOnce(url, { localAddress: '127.0.0.2' })).status, 200);
    }
    assert.equal(crowd.filter((socket) => !socket.destroyed).length, 4);
    await server.close();
  });
});
