// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Exposition } from '../../../src/http/telemetry.ts';
import { connectTo, exposition, fetchOnce, startTestServer } from './client.ts';

const TEXT = 'xdp_packets_total{device="eth0",action="pass"} 12345\n'.repeat(1000);

describe('the telemetry route', () => {
  it('compresses for those who ask, and says that it may', async () => {
    const server = await startTestServer({ render: async () => exposition(TEXT) });
    const { headers, body } = await fetchOnce(`${server.url}/metrics`, {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    assert.equal(headers['content-encoding'], 'gzip');
    assert.equal(headers['vary'], 'Accept, Accept-Encoding');
    assert.equal(headers['content-length'], String(body.length));
    assert.ok(body.length < TEXT.length / 10);
    assert.equal(gunzipSync(body).toString(), TEXT);
    await server.close();
  });

  const negotiations = [
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['br, deflate', undefined],
    ['gzip;q=0', undefined],
    ['identity;q=1, gzip;q=0.5', undefined],
    ['nonsense;;q=,', undefined],
    ['gzip', 'gzip'],
    ['*', 'gzip'],
    ['br, gzip;q=0.2', 'gzip'],
    ['GZIP, deflate', 'gzip'],
  ] as const;

  for (const [accepted, encoding] of negotiations) {
    it(`sends ${encoding ?? 'plain text'} to Accept-Encoding: ${accepted ?? 'absent'}`, async () => {
      const server = await startTestServer({ render: async () => exposition(TEXT) });
      const { status, headers, body } = await fetchOnce(`${server.url}/metrics`, {
        headers: accepted === undefined ? {} : { 'Accept-Encoding': accepted },
      });
      assert.equal(status, 200);
      assert.equal(headers['content-encoding'], encoding);
      assert.equal(headers['vary'], 'Accept, Accept-Encoding');
      assert.equal(body.length === Buffer.byteLength(TEXT), encoding === undefined);
      await server.close();
    });
  }

  it('answers 503 without details where rendering fails, and logs the reason', async () => {
    const server = await startTestServer({
      render: () => Promise.reject(new Error('read map: EPERM')),
    });
    const { status, headers, body } = await fetchOnce(`${server.url}/metrics`);
    assert.equal(status, 503);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.doesNotMatch(body.toString(), /EPERM|at .+:\d+/);
    assert.deepEqual(server.logged, [
      { level: 'warn', message: 'cannot render metrics', fields: { error: 'read map: EPERM' } },
    ]);
    await server.close();
  });

  it('answers again once rendering succeeds', async () => {
    let failing = true;
    const server = await startTestServer({
      render: async () => {
        if (failing) {
          throw new Error('not yet');
        }
        return exposition(TEXT);
      },
    });
    assert.equal((await fetchOnce(`${server.url}/metrics`)).status, 503);
    failing = false;
    assert.equal((await fetchOnce(`${server.url}/metrics`)).status, 200);
    await server.close();
  });

  it('renders and compresses once for all that wait, but apart for those that accept something else', async () => {
    const rendered: (string | undefined)[] = [];
    const finishes: ((one: Exposition) => void)[] = [];
    const server = await startTestServer({
      render(accept) {
        rendered.push(accept);
        return new Promise((resolve) => finishes.push(resolve));
      },
    });
    const ask = (headers: Record<string, string>) =>
      fetchOnce(`${server.url}/metrics`, { headers: { 'Accept-Encoding': 'gzip', ...headers } });
    const crowd = Array.from({ length: 5 }, () => ask({}));
    const others = Array.from({ length: 5 }, () => ask({ Accept: 'application/openmetrics-text' }));
    await fetchOnce(`${server.url}/healthz`);
    assert.deepEqual(rendered.toSorted(), ['application/openmetrics-text', undefined]);
    for (const [index, finish] of finishes.entries()) {
      finish({ ...exposition(TEXT), contentType: `format of ${rendered[index]}` });
    }
    for (const { headers, body } of await Promise.all(crowd)) {
      assert.equal(headers['content-type'], 'format of undefined');
      assert.equal(gunzipSync(body).toString(), TEXT);
    }
    for (const { headers } of await Promise.all(others)) {
      assert.equal(headers['content-type'], 'format of application/openmetrics-text');
    }
    await server.close();
  });

  it('takes so many at once and answers others with 503 and when to come again', async () => {
    let finish = (_: Exposition) => {};
    const server = await startTestServer(
      { render: () => new Promise((resolve) => (finish = resolve)) },
      { maxScrapes: 2 },
    );
    const url = `${server.url}/metrics`;
    const taken = [fetchOnce(url), fetchOnce(url, { method: 'HEAD' })];
    await fetchOnce(`${server.url}/healthz`);
    for (const wanted of [url, `${server.url}/readyz`]) {
      const { status, headers } = await fetchOnce(wanted);
      assert.deepEqual([status, headers['retry-after']], [503, '1']);
    }
    finish(exposition(TEXT));
    assert.deepEqual(
      (await Promise.all(taken)).map((one) => one.status),
      [200, 200],
    );
    await server.close();
  });

  it('forgets requests whose client has left, those that waited behind others, too', async () => {
    let finish = (_: Exposition) => {};
    const server = await startTestServer(
      { render: () => new Promise((resolve) => (finish = resolve)) },
      { maxScrapes: 2 },
    );
    for (let round = 0; round < 5; round++) {
      const socket = await connectTo(server.url);
      socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2));
      await fetchOnce(`${server.url}/healthz`);
      socket.resetAndDestroy();
    }
    await fetchOnce(`${server.url}/healthz`);
    const waiting = fetchOnce(`${server.url}/metrics`);
    await fetchOnce(`${server.url}/healthz`);
    finish(exposition(TEXT));
    assert.equal((await waiting).status, 200);
    await server.close();
  });
});
