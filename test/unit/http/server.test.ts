// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { Agent } from 'node:http';
import { describe, it } from 'node:test';
import { ExporterError } from '../../../src/errors.ts';
import type { Exposition } from '../../../src/http/telemetry.ts';
import { closed, connectTo, exposition, fetchOnce, startTestServer } from './client.ts';

describe('startServer', () => {
  it('tells the port that the system chose', async () => {
    const server = await startTestServer();
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.equal(server.port, Number(new URL(server.url).port));
    await server.close();
  });

  it('says so of a descriptor that is no socket', async () => {
    const fd = openSync('/dev/null', 'r');
    await assert.rejects(startTestServer({ fd }), (error) => {
      assert.ok(error instanceof ExporterError);
      assert.match(error.message, /^listen on descriptor \d+: /);
      assert.ok(error.cause instanceof Error);
      return true;
    });
    closeSync(fd);
  });
});

describe('close', () => {
  it('ends kept connections and frees the port', async () => {
    const server = await startTestServer();
    const agent = new Agent({ keepAlive: true });
    const { headers } = await fetchOnce(`${server.url}/healthz`, { agent });
    assert.equal(headers.connection, 'keep-alive');
    await server.close();
    await assert.rejects(fetchOnce(`${server.url}/healthz`), /ECONNREFUSED/);
    agent.destroy();
  });

  it('lets a request under way finish, and takes no other on its connection', async () => {
    let finish = (_: Exposition) => {};
    const server = await startTestServer({
      render: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    const socket = await connectTo(server.url);
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // The answer to a later request shows that the earlier one has arrived.
    await fetchOnce(`${server.url}/healthz`);
    const closing = server.close();
    finish(exposition('late 1\n'));
    const [response] = await once(socket, 'data');
    assert.match(response.toString(), /^HTTP\/1.1 200 OK.*\nConnection: close\r.*late 1\n$/s);
    await Promise.all([closing, closed(socket)]);
  });

  it('ends a request that does not finish', async () => {
    const server = await startTestServer(
      { render: () => new Promise(() => {}) },
      { closeGraceMs: 50 },
    );
    const socket = await connectTo(server.url);
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await fetchOnce(`${server.url}/healthz`);
    await Promise.all([server.close(), closed(socket)]);
  });

  it('may be called twice', async () => {
    const server = await startTestServer();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});
