// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { Exposition } from '../../../src/http/telemetry.ts';
import {
  closed,
  connectTo,
  exchange,
  exposition,
  fetchOnce,
  startTestServer,
  statuses,
  type TestServer,
} from './client.ts';

const HOST = 'HTTP/1.1\r\nHost: localhost\r\n';
const SMUGGLED = `GET /healthz ${HOST}\r\n`;

/** A GET of exactly so many bytes. */
function headOf(sizeBytes: number): string {
  const start = `GET /healthz ${HOST}Connection: close\r\nX: `;
  return `${start}${'y'.repeat(sizeBytes - start.length - 4)}\r\n\r\n`;
}

describe('a request that is refused', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const refused: readonly [what: string, bytes: string, status: number][] = [
    ['a body', `GET /healthz ${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`, 413],
    ['a body of POST', `POST /metrics ${HOST}Content-Length: 1\r\n\r\nx`, 413],
    ['a chunked body', `GET / ${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`, 413],
    [
      'chunk extensions',
      `GET / ${HOST}Transfer-Encoding: chunked\r\n\r\n1;${'e'.repeat(50_000)}\r\nx\r\n0\r\n\r\n`,
      413,
    ],
    [
      'two lengths of a body',
      `POST / ${HOST}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
      400,
    ],
    [
      'a length twice',
      `POST / ${HOST}Content-Length: 0\r\nContent-Length: 9\r\n\r\n${SMUGGLED}`,
      400,
    ],
    ['a signed length', `POST / ${HOST}Content-Length: +5\r\n\r\n${SMUGGLED}`, 400],
    ['an unknown coding', `POST / ${HOST}Transfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`, 413],
    ['a space before a colon', `POST / ${HOST}Content-Length : 5\r\n\r\n${SMUGGLED}`, 400],
    ['two hosts', `GET / ${HOST}Host: 127.0.0.1\r\n\r\n`, 400],
    ['nonsense', 'nonsense\r\n\r\n', 400],
    ['no target', 'GET\r\n\r\n', 400],
    ['no such version', 'GET / HTTP/9.9\r\n\r\n', 400],
    ['a NUL in the target', `GET /\u0000 ${HOST}\r\n`, 400],
    ['a header without a colon', `GET / ${HOST}no colon\r\n\r\n`, 400],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000', 400],
    ['8 KiB of line ends', '\n'.repeat(8 * 1024 + 1), 431],
    ['no host, thousands of times', 'GET / HTTP/1.1\r\n\r\n'.repeat(2_600), 400],
    ['a NUL in a header', `GET / ${HOST}X: a\u0000b\r\n\r\n`, 400],
    ['another expectation', `GET / ${HOST}Expect: wonders\r\n\r\n`, 417],
    ['a body announced', `PUT / ${HOST}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`, 413],
    ['a tunnel', `CONNECT x:80 ${HOST}\r\n${SMUGGLED}`, 405],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['HTTP/2 without its preface', 'GET / HTTP/2.0\r\nHost: localhost\r\n\r\n', 505],
    ['a target of 100 kB', `GET /${'a'.repeat(100_000)} ${HOST}\r\n`, 431],
    ['headers of 8 KiB and a byte', headOf(8 * 1024 + 1), 431],
    ['a header of 8 KiB and a byte', `GET / ${HOST}X: ${'y'.repeat(8 * 1024 + 1)}\r\n\r\n`, 431],
    ['1 MB of headers', `GET / ${HOST}X: ${'y'.repeat(1_000_000)}\r\n\r\n`, 431],
    ['65 headers', `GET / ${HOST}${'a: b\r\n'.repeat(64)}\r\n`, 431],
    [
      'a body that only the 66th header shows',
      `GET / ${HOST}${'a: b\r\n'.repeat(64)}Content-Length: 9\r\n\r\n${SMUGGLED}`,
      431,
    ],
  ];

  for (const [what, bytes, status] of refused) {
    it(`because of ${what} gets ${status}, the end of the connection, and nothing else`, async () => {
      const answer = await exchange(server.url, bytes);
      assert.deepEqual(statuses(answer), [status]);
      assert.match(answer, /\r\nConnection: close\r\n/);
      assert.equal((await fetchOnce(`${server.url}/healthz`)).status, 200);
    });
  }

  it('is not one with headers of 8 KiB', async () => {
    assert.deepEqual(statuses(await exchange(server.url, headOf(8 * 1024))), [200]);
  });

  it('is not one with 64 headers', async () => {
    const head = `GET / ${HOST}Connection: close\r\n${'a: b\r\n'.repeat(62)}\r\n`;
    assert.deepEqual(statuses(await exchange(server.url, head)), [200]);
  });

  it('is answered behind those that came before it', async () => {
    let finish = (_: Exposition) => {};
    const slow = await startTestServer({
      render: () => new Promise((resolve) => (finish = resolve)),
    });
    for (const bad of [`POST / ${HOST}Content-Length: 3\r\n\r\nabc`, 'nonsense\r\n\r\n']) {
      const answer = exchange(slow.url, `GET /metrics ${HOST}\r\n${bad}${SMUGGLED}`);
      await delay(50);
      finish(exposition('late 1\n'));
      assert.deepEqual(statuses(await answer), [200, bad.startsWith('POST') ? 413 : 400]);
    }
    await slow.close();
  });

  it('may send a megabyte more and still reads why', async () => {
    const socket = await connectTo(server.url);
    socket.write(`POST / ${HOST}Content-Length: 9000000\r\n\r\n`);
    for (let chunk = 0; chunk < 16; chunk++) {
      socket.write(Buffer.alloc(64 * 1024));
    }
    await delay(100);
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1.1 413 Payload Too Large\r\n/);
    socket.destroy();
  });

  it('that goes on sending is cut off after the time to linger', async () => {
    const hasty = await startTestServer({}, { lingerMs: 100 });
    const socket = await connectTo(hasty.url);
    const trickle = setInterval(() => socket.write('x'), 10);
    socket.write(`POST / ${HOST}Content-Length: 9000000\r\n\r\n`);
    socket.resume().allowHalfOpen = true;
    const startedMs = performance.now();
    await closed(socket);
    clearInterval(trickle);
    assert.ok(performance.now() - startedMs < 5_000);
    await hasty.close();
  });
});

describe('a request that is answered', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const answered: readonly [what: string, bytes: string, status: number][] = [
    ['an empty body', `GET /healthz ${HOST}Content-Length: 0\r\n`, 200],
    ['an upgrade', `GET /healthz ${HOST}Upgrade: websocket\r\n`, 200],
    ['HTTP/1.0', 'GET /healthz HTTP/1.0\r\n', 200],
    ['an expectation, but no body', `GET /healthz ${HOST}Expect: 100-continue\r\n`, 200],
    ['OPTIONS *', `OPTIONS * ${HOST}`, 405],
    ['TRACE', `TRACE / ${HOST}`, 405],
    ['DELETE of what is not there', `DELETE /nothing ${HOST}`, 405],
  ];

  for (const [what, head, status] of answered) {
    it(`with ${what} gets ${status}`, async () => {
      const answer = await exchange(server.url, `${head}Connection: close\r\n\r\n`);
      assert.deepEqual(statuses(answer), [status]);
      assert.equal(/\r\nAllow: GET, HEAD\r\n/.test(answer), status === 405);
    });
  }

  it('with others on its connection gets its answer in turn', async () => {
    const targets = ['/healthz', '/missing', '/metrics', '/readyz', '/'];
    const requests = targets.map((target) => `GET ${target} ${HOST}\r\n`).join('');
    const last = `HEAD /metrics ${HOST}Connection: close\r\n\r\n`;
    const answer = await exchange(server.url, requests + last);
    assert.deepEqual(statuses(answer), [200, 404, 200, 200, 200, 200]);
    assert.equal(answer.match(/up 1\n/g)?.length, 1);
  });

  it('waits its turn behind thousands that its client sent at once', async () => {
    let underWay = 0;
    let most = 0;
    const slow = await startTestServer({
      async render() {
        most = Math.max(most, ++underWay);
        await setImmediate();
        underWay--;
        return exposition('up 1\n');
      },
    });
    const last = `GET /missing ${HOST}Connection: close\r\n\r\n`;
    const answer = await exchange(slow.url, `GET /metrics ${HOST}\r\n`.repeat(2_600) + last);
    assert.deepEqual(statuses(answer), [...Array.from({ length: 2_600 }, () => 200), 404]);
    assert.equal(most, 1);
    await slow.close();
  });

  it('is answered, too, where its client has nothing more to say', async () => {
    const slow = await startTestServer({
      render: async () => exposition(String(await delay(50, 'late 1\n'))),
    });
    const socket = await connectTo(slow.url);
    socket.end(`GET /metrics ${HOST}\r\n`);
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /late 1\n$/);
    await closed(socket);
    await slow.close();
  });
});
