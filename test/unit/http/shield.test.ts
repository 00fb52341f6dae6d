// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createAcceptor } from '../../../src/http/accept.ts';
import { DEFAULT_LIMITS } from '../../../src/http/limits.ts';
import type { Shield } from '../../../src/http/shield.ts';
import { readRequests, shieldOn } from './framing.ts';

function split(text: string, cuts: readonly number[]): string[] {
  const places = [...cuts, text.length].filter((cut) => cut <= text.length);
  const sorted = places.toSorted((one, other) => one - other);
  return sorted.map((place, index) => text.slice(sorted[index - 1] ?? 0, place));
}

const HEAD = 'GET /a HTTP/1.1\r\nHost: x\r\n';
const NEXT = 'GET /b HTTP/1.1\r\nHost: y\r\n\r\n';

const STREAMS: readonly string[] = [
  `${HEAD}\r\n${NEXT}`,
  `${HEAD}\n${NEXT}`,
  `${HEAD}\r${NEXT}`,
  `${HEAD}\r\r\n${NEXT}`,
  `${HEAD} \r\n\r\n${NEXT}`,
  `${HEAD}X: a\r\n b\r\n\r\n${NEXT}`,
  `${HEAD}X: a\n\r\n${NEXT}`,
  `${HEAD}X: a\n\n${NEXT}`,
  `${HEAD}X: a\r\rY: b\r\n\r\n${NEXT}`,
  `${HEAD}X: \r\n\r\n${NEXT}`,
  `${HEAD}X:\r\n\r\n${NEXT}`,
  `\r\n\r\n${HEAD}\r\n\r\n\r\n\n\r${NEXT}`,
  `GET /a HTTP/1.1\nHost: x\n\n${NEXT}`,
  `GET /a HTTP/1.1\r\r\nHost: x\r\n\r\n${NEXT}`,
  `GET /a\r\n\r\n${NEXT}`,
  `${HEAD}Content-Length: 0\r\n\r\n${NEXT}`,
  `${HEAD}Content-Length: ${NEXT.length}\r\n\r\n${NEXT}`,
  `${HEAD}X: a\u0000\r\n\r\n${NEXT}`,
  `${HEAD}\r\n${HEAD}`,
  `${HEAD}\r\n${NEXT.slice(0, -1)}`,
  '\r\n\r\n',
  '',
];

describe('what the parser reads behind a shield', () => {
  for (const stream of STREAMS) {
    it(`is what it reads of ${JSON.stringify(stream)}`, async () => {
      const expected = await readRequests([stream], false);
      assert.deepEqual(await readRequests([stream], true), expected);
      assert.deepEqual(await readRequests([...stream], true), expected);
    });
  }

  it('is what it reads of any bytes, however they are cut', async () => {
    const ends = fc.constantFrom(
      '\r\n',
      '\r\n',
      '\r\n',
      '\r\n\r\n',
      '\r\n\r\n',
      '\n',
      '\r',
      '\r\r\n',
      '',
    );
    const lines = fc.constantFrom(
      'GET / HTTP/1.1',
      'HEAD /h HTTP/1.1',
      'Host: x',
      'X:',
      ' fold',
      'Content-Length: 0',
      'Content-Length: 7',
      'Connection: close',
      'GET /old HTTP/1.0',
      'GET /older',
      '',
      HEAD,
      NEXT,
      NEXT,
    );
    const streams = fc.array(fc.tuple(lines, ends), { maxLength: 20 });
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(streams, cuts, async (parts, places) => {
        const stream = parts.flat().join('');
        const expected = await readRequests([stream], false);
        assert.deepEqual(await readRequests(split(stream, places), true), expected);
      }),
      { numRuns: 500 },
    );
  });
});

/** The parser's side of a connection that begins to be answered at the first empty line, and its client's. */
function connectShield(): { client: Duplex; shield: Shield; lines: string[] } {
  const [client, socket] = duplexPair();
  const lines: string[] = [];
  const shield = shieldOn(socket);
  shield.on('data', (line) => {
    lines.push(String(line));
    if (String(line) === '\r\n') {
      shield.beginAnswer();
    }
  });
  return { client, shield, lines };
}

async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const ACCEPTOR = { isLoopback: true, headers: () => ({}), answer: assert.fail };

describe('Shield', () => {
  it('gives the parser a line at a time, and nothing behind a request until that is answered', async () => {
    const { client, shield, lines } = connectShield();
    assert.equal(shield.state, 'new');
    client.write('a\r\nb\r\n\r\nc\r\n\r\nd');
    await turns();
    assert.deepEqual(lines, ['a\r\n', 'b\r\n', '\r\n']);
    assert.equal(shield.state, 'answering');
    shield.endAnswer();
    await turns();
    assert.deepEqual(lines.slice(3), ['c\r\n', '\r\n']);
    shield.endAnswer();
    assert.equal(shield.state, 'idle');
    assert.deepEqual(lines.slice(5), ['d']);
    shield.destroy();
  });

  it('holds back little of what a client sends meanwhile, and none of it is lost', async () => {
    const { client, shield, lines } = connectShield();
    client.write('a\r\n\r\n');
    const request = `${'b'.repeat(1022)}\r\n\r\n`;
    for (let sent = 0; sent < 1024; sent++) {
      client.write(request);
    }
    await turns();
    assert.deepEqual(lines, ['a\r\n', '\r\n']);
    assert.ok(client.writableLength > 900 * 1024, `${client.writableLength} bytes are not read`);
    while (lines.length < 2 * 1025) {
      shield.endAnswer();
      await turns(1);
    }
    assert.equal(lines.join('').length, 'a\r\n\r\n'.length + 1024 * request.length);
    shield.destroy();
  });

  it('gives the parser none of what comes behind a request that is refused', async () => {
    for (const refused of [
      'GET / HTTP/1.1\r\n\r\n',
      `${HEAD}Content-Length: 1\r\n\r\n`,
      'bad\r\n',
    ]) {
      const [client, socket] = duplexPair();
      const shield = shieldOn(socket);
      let readBytes = 0;
      shield.on('data', (line: Buffer) => {
        readBytes += line.length;
      });
      createAcceptor({ ...ACCEPTOR, limits: DEFAULT_LIMITS }).emit('connection', shield);
      client.write(refused.repeat(1_000));
      await once(client.resume(), 'end');
      assert.equal(readBytes, refused.length);
    }
  });
});
