// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventStreamOptions } from '../../../src/http/event-stream.ts';
import type { ServerLimits } from '../../../src/http/limits.ts';
import {
  closed,
  connectTo,
  exchange,
  fetchOnce,
  startLiveServer,
  startTestServer,
  type TestServer,
} from './client.ts';

const REQUEST = 'GET /live/events HTTP/1.1\r\nHost: localhost\r\n\r\n';
const INTERVAL_MS = 20;

describe('the events of the live page', () => {
  let server: TestServer;
  let made = 0;
  afterEach(() => server.close());

  async function start(
    next: () => Promise<string> = async () => JSON.stringify({ serial: made }),
    limits: EventStreamOptions['limits'] = {},
    serverLimits: Partial<ServerLimits> = {},
  ): Promise<void> {
    made = 0;
    const counted = () => {
      made++;
      return next();
    };
    const events = { next: counted, limits: { intervalMs: INTERVAL_MS, ...limits } };
    server = await startLiveServer(events, serverLimits);
  }

  /** A viewer whose answer has begun. */
  async function look(localAddress?: string): Promise<Socket> {
    const socket = await connectTo(server.url, localAddress);
    socket.write(REQUEST);
    await once(socket, 'readable');
    return socket;
  }

  const status = (socket: Socket) => String(socket.read()).slice(9, 12);

  it('are made once for all who look, and not where nobody does', async () => {
    await start();
    await delay(3 * INTERVAL_MS);
    assert.equal(made, 0);
    const viewers = await Promise.all([look(), look(), look()]);
    const texts = viewers.map(() => '');
    for (const [index, viewer] of viewers.entries()) {
      viewer.on('data', (bytes) => {
        texts[index] = `${texts[index]}${bytes}`;
      });
    }
    while (texts.some((text) => text.split('serial').length < 6)) {
      await delay(INTERVAL_MS);
    }
    const serials = texts.map((text) =>
      [...text.matchAll(/serial":(\d+)/g)].map(([, n]) => Number(n)),
    );
    const shared = serials.reduce((one, other) => one.filter((serial) => other.includes(serial)));
    assert.ok(shared.length >= 4, JSON.stringify(serials));
    assert.ok(serials.every((of) => new Set(of).size === of.length));
    assert.match(texts[0] ?? '', /^HTTP\/1.1 200 OK\r\n.*Content-Type: text\/event-stream\r\n/s);
    for (const viewer of viewers) {
      viewer.destroy();
    }
    await delay(2 * INTERVAL_MS);
    const until = made;
    await delay(5 * INTERVAL_MS);
    assert.equal(made, until);
  });

  it('say why there are none, and go on when there are again', async () => {
    let problem: string | undefined = 'read snapshot:\nthe engine is busy';
    await start(async () => {
      if (problem !== undefined) {
        throw new Error(problem);
      }
      return '"fine"';
    });
    const viewer = await look();
    let text = '';
    viewer.on('data', (bytes) => {
      text += bytes;
    });
    while (!text.includes('event: problem\ndata: "read snapshot:\\nthe engine is busy"\n\n')) {
      await delay(INTERVAL_MS);
    }
    problem = undefined;
    while (!text.includes('data: "fine"\n\n')) {
      await delay(INTERVAL_MS);
    }
    assert.equal(server.logged.length, 1);
    viewer.destroy();
  });

  it('are refused with a sentence beyond so many viewers, and the metrics are not', async () => {
    await start(undefined, { maxViewers: 2 }, { maxConnectionsPerClient: 4 });
    const viewers = [await look(), await look()];
    const refused = await fetchOnce(`${server.url}/live/events`);
    assert.equal(refused.status, 503);
    assert.match(
      String(refused.body),
      /^2 viewers are connected to the live page, which is the limit: /,
    );
    assert.equal((await fetchOnce(`${server.url}/metrics`)).status, 200);
    viewers[0]?.destroy();
    await delay(2 * INTERVAL_MS);
    assert.equal(status(await look()), '200');
    assert.deepEqual(viewers.map(status)[1], '200');
  });

  it('are given up by the client that has most of them for one that has fewer', async () => {
    await start(undefined, { maxViewers: 3 });
    const first = await look();
    const others = [await look(), await look()];
    const firstClosed = closed(first.resume());
    assert.equal(status(await look('127.0.0.2')), '200');
    await firstClosed;
    assert.ok(others.every(({ destroyed }) => !destroyed));
    // Of three places a client that has two gets no third, and the other's one is not taken.
    assert.equal((await fetchOnce(`${server.url}/live/events`)).status, 503);
  });

  it('make room for a connection where all others are in use', async () => {
    await start(undefined, {}, { maxConnections: 2 });
    const [first, second] = [await look(), await look()];
    const firstClosed = closed(first.resume());
    assert.equal((await fetchOnce(`${server.url}/metrics`)).status, 200);
    await firstClosed;
    assert.equal(second.destroyed, false);
  });

  it('skip a viewer who does not read, and end his connection in time', async () => {
    const text = JSON.stringify('x'.repeat(2 ** 20));
    await start(async () => text, { drainTimeoutMs: 300 });
    const reader = (await look()).resume();
    const slow = await look();
    while (reader.bytesRead < 40 * text.length) {
      await delay(INTERVAL_MS);
    }
    await closed(slow.resume());
    // What the kernel holds for both ends, and one event.
    assert.ok(slow.bytesRead < 20 * text.length, `${slow.bytesRead} bytes`);
    assert.ok(!reader.destroyed);
    reader.destroy();
  });

  it('end with the server, and with a viewer who has sent his last byte', async () => {
    await start();
    const leaver = (await look()).resume();
    leaver.end();
    await closed(leaver);
    const viewer = (await look()).resume();
    const startedMs = performance.now();
    await server.close();
    await closed(viewer);
    assert.ok(performance.now() - startedMs < 400, 'it is not waited for');
  });

  it('hold back what follows on the same connection', async () => {
    await start();
    const socket = (await connectTo(server.url)).resume();
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.write(`${REQUEST}GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await delay(5 * INTERVAL_MS);
    assert.equal(text.split('HTTP/1.1 ').length, 2);
    socket.destroy();
  });

  it('answer HEAD with the head alone, and pages of other sites not at all', async () => {
    await start(undefined, { maxViewers: 1 });
    const head = await exchange(
      server.url,
      'HEAD /live/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    assert.match(head, /^HTTP\/1.1 200 .*text\/event-stream.*\r\n\r\n$/s);
    for (const [site, status] of [
      ['cross-site', 403],
      ['same-site', 403],
    ] as const) {
      const headers = { 'Sec-Fetch-Site': site };
      assert.equal((await fetchOnce(`${server.url}/live/events`, { headers })).status, status);
    }
    assert.equal(made, 0);
  });
});

it('without a live page there are no events', async () => {
  const server = await startTestServer();
  assert.equal((await fetchOnce(`${server.url}/live/events`)).status, 404);
  await server.close();
});
