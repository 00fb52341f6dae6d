// SPDX-License-Identifier: Apache-2.0
// Users and headers, by whole requests.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CheckPassword } from '../../../src/http/logins.ts';
import type { WebSecurity } from '../../../src/web-config/web-security.ts';
import {
  closed,
  connectTo,
  exchange,
  fetchOnce,
  startLiveServer,
  startTestServer,
  statuses,
} from './client.ts';

const USERS = new Map([['prom', `$2b$10$${'a'.repeat(53)}`]]);
const SECURITY: WebSecurity = { headers: {}, users: USERS };
const RIGHT = { authorization: `Basic ${btoa('prom:right')}` };
const WRONG = { authorization: `Basic ${btoa('prom:wrong')}` };

async function serve(t: TestContext, security: Partial<WebSecurity> = {}, check?: CheckPassword) {
  const checkPassword = check ?? (async ({ password }) => password === 'right');
  const server = await startTestServer({ checkPassword }, {}, { ...SECURITY, ...security });
  t.after(() => server.close());
  return server;
}

describe('a server with users', () => {
  it('answers nothing but /healthz without a password, whatever the path', async (t) => {
    const { url, logged } = await serve(t);
    for (const path of [
      '/',
      '/metrics',
      '/readyz',
      '/live/events',
      '/none',
      '/healthz/',
      '//healthz',
    ]) {
      const { status, headers, body } = await fetchOnce(`${url}${path}`);
      assert.deepEqual([status, body.toString()], [401, 'unauthorized\n'], path);
      assert.equal(headers['www-authenticate'], 'Basic realm="xdp-exporter", charset="UTF-8"');
    }
    const absolute =
      'GET http://x/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    assert.deepEqual(statuses(await exchange(url, absolute)), [401]);
    assert.equal((await fetchOnce(`${url}/healthz`)).status, 200);
    assert.equal((await fetchOnce(`${url}/healthz?x`)).status, 200);
    assert.deepEqual(logged, []);
  });

  it('answers who has the password, on the same connection as before', async (t) => {
    const { url } = await serve(t);
    assert.equal((await fetchOnce(`${url}/metrics`, { headers: RIGHT })).status, 200);
    const head = 'Host: localhost\r\n';
    const both = `GET /metrics HTTP/1.1\r\n${head}\r\nGET /metrics HTTP/1.1\r\n${head}Authorization: ${RIGHT.authorization}\r\nConnection: close\r\n\r\n`;
    assert.deepEqual(statuses(await exchange(url, both)), [401, 200]);
  });

  it('says once a minute that somebody tries passwords, and no word of what was tried', async (t) => {
    const { url, logged } = await serve(t);
    await fetchOnce(`${url}/metrics`, { headers: WRONG });
    await fetchOnce(`${url}/metrics`, { headers: WRONG });
    const message =
      'refused clients: wrong user or password; compare both with basic_auth_users in the file of --web.config.file';
    assert.deepEqual(logged, [{ level: 'warn', message, fields: { times: 1 } }]);
  });

  it('answers 429 at once where too many passwords wait, and those whom it knows all the same', async (t) => {
    let end: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { url } = await serve(t, {}, async ({ password }) => {
      if (password !== 'right') {
        await held;
      }
      return password === 'right';
    });
    const scrape = () => fetchOnce(`${url}/metrics`, { headers: RIGHT });
    assert.equal((await scrape()).status, 200);
    const tries = Array.from({ length: 10 }, (_, index) =>
      fetchOnce(`${url}/metrics`, { headers: { authorization: `Basic ${btoa(`prom:${index}`)}` } }),
    );
    await delay(100);
    const startMs = performance.now();
    assert.equal((await scrape()).status, 200);
    assert.ok(performance.now() - startMs < 1_000);
    end();
    const found = await Promise.all(tries);
    const refused = found.filter(({ status }) => status === 429);
    assert.equal(refused.length, 7);
    assert.equal(refused[0]?.headers['retry-after'], '1');
    assert.ok(found.every(({ status }) => status === 429 || status === 401));
  });

  it('answers 500 where passwords cannot be checked, and goes on', async (t) => {
    const { url } = await serve(t, {}, () => Promise.reject(new Error('boom')));
    assert.equal((await fetchOnce(`${url}/metrics`, { headers: RIGHT })).status, 500);
    assert.equal((await fetchOnce(`${url}/healthz`)).status, 200);
  });

  it('lets nobody in where nothing can check a password', async (t) => {
    const server = await startTestServer({}, {}, SECURITY);
    t.after(() => server.close());
    assert.equal((await fetchOnce(`${server.url}/metrics`, { headers: RIGHT })).status, 401);
  });

  it('ends streams when the users change', async (t) => {
    const server = await startLiveServer({ next: async () => '{}' });
    t.after(() => server.close());
    const socket = await connectTo(server.url);
    socket.write('GET /live/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resume();
    const ended = closed(socket);
    await server.secure(SECURITY);
    await ended;
    assert.equal((await fetchOnce(`${server.url}/live/events`)).status, 401);
  });
});

describe('a server with headers', () => {
  it('has them in every answer, also in place of its own', async (t) => {
    const policy = "default-src 'self'";
    const headers = { 'Content-Security-Policy': policy, 'X-Frame-Options': 'deny' };
    const { url } = await serve(t, { headers });
    for (const path of ['/healthz', '/metrics', '/none']) {
      const answer = await fetchOnce(`${url}${path}`, { headers: path === '/none' ? RIGHT : {} });
      assert.equal(answer.headers['content-security-policy'], policy);
      assert.equal(answer.headers['x-frame-options'], 'deny');
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    }
    assert.match(
      await exchange(url, 'GET / HTTP/1.1\r\n\r\n'),
      /^HTTP.* 400 .*X-Frame-Options: deny\r/s,
    );
  });
});
