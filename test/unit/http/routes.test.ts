// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { exchange, fetchOnce, startTestServer, type TestServer } from './client.ts';

describe('the routes', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  it('serve the metrics with their own content type', async () => {
    const { status, headers, body } = await fetchOnce(`${server.url}/metrics`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(headers['content-length'], '5');
    assert.equal(body.toString(), 'up 1\n');
  });

  it('serve a page that links to the metrics', async () => {
    const { status, headers, body } = await fetchOnce(`${server.url}/`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.match(body.toString(), /<a href="\/metrics">/);
  });

  it('serve health and readiness', async () => {
    const health = await fetchOnce(`${server.url}/healthz`);
    assert.deepEqual([health.status, health.body.toString()], [200, 'ok\n']);
    const readiness = await fetchOnce(`${server.url}/readyz`);
    assert.deepEqual([readiness.status, readiness.body.toString()], [200, 'ready\n']);
  });

  for (const path of ['/', '/metrics', '/healthz', '/readyz']) {
    it(`answer HEAD ${path} with the headers of GET and no body`, async () => {
      const get = await fetchOnce(server.url + path);
      const head = await fetchOnce(server.url + path, { method: 'HEAD' });
      assert.equal(head.status, get.status);
      assert.equal(head.headers['content-length'], String(get.body.length));
      assert.equal(head.body.length, 0);
    });

    it(`refuse POST ${path} and name the methods that it takes`, async () => {
      const { status, headers } = await fetchOnce(server.url + path, { method: 'POST' });
      assert.equal(status, 405);
      assert.equal(headers.allow, 'GET, HEAD');
    });
  }

  it('ignore the query and take the absolute form that proxies send', async () => {
    const { status } = await fetchOnce(`${server.url}/metrics?collect=all#top`);
    assert.equal(status, 200);
    const head = 'HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    assert.match(await exchange(server.url, `GET http://x:1/healthz ${head}`), /^HTTP\/1.1 200 /);
  });

  for (const target of ['/metrics/', '/Metrics', '//', '/%', '/%ff%00', '/../metrics', '*', '/[']) {
    it(`answer ${target} with 404`, async () => {
      const head = 'HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
      assert.match(await exchange(server.url, `GET ${target} ${head}`), /^HTTP\/1.1 404 /);
    });
  }

  it('tell browsers to neither guess, keep nor run anything, and nobody what serves it', async () => {
    for (const path of ['/', '/metrics', '/missing']) {
      const { headers } = await fetchOnce(server.url + path);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
      assert.equal(headers['server'], undefined);
      assert.equal(headers['x-powered-by'], undefined);
    }
  });
});

describe('/readyz', () => {
  it('answers 503 with the reason', async () => {
    const server = await startTestServer({
      readiness: async () => ({ ready: false, reason: 'no device is attached' }),
    });
    const { status, body } = await fetchOnce(`${server.url}/readyz`);
    assert.deepEqual([status, body.toString()], [503, 'not ready: no device is attached\n']);
    await server.close();
  });

  it('answers 500 and logs why where the check itself fails', async () => {
    const server = await startTestServer({
      readiness: () => {
        throw new Error('secret');
      },
    });
    const { status, body } = await fetchOnce(`${server.url}/readyz`);
    assert.deepEqual([status, body.toString()], [500, 'internal error\n']);
    assert.equal(server.logged[0]?.fields['error'], 'secret');
    await server.close();
  });
});
