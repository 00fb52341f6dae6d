// SPDX-License-Identifier: Apache-2.0
// HTTP: of any bytes, cut anywhere, Node's parser reads the same behind a shield as of the bytes in one piece.
import assert from 'node:assert/strict';
import { readRequests } from '../../unit/http/framing.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

export const httpFraming: Target = {
  name: 'http-framing',
  // What is too long is for the shield to refuse, and not for the parser.
  maxBytes: 1024,
  dictionary: [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /a HTTP/1.1\r\n',
    'HEAD /h HTTP/1.0\r\n',
    'POST / HTTP/1.1\r\n',
    'Content-Length: 0\r\n',
    'Content-Length: 7\r\n',
    'Content-Length: +0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
    'Connection: keep-alive\r\n',
    'Upgrade: h2c\r\n',
    '0\r\n\r\n',
    '\r\n',
    '\n',
    '\r',
    ' fold\r\n',
    '\0',
    ': ',
  ],
  async run(input) {
    const script = new Script(input);
    const cuts = Array.from({ length: script.u8() % 8 }, () => script.u8());
    const text = script.rest().toString('latin1');
    const pieces: string[] = [];
    let at = 0;
    for (const cut of [...cuts, text.length]) {
      pieces.push(text.slice(at, at + cut));
      at += cut;
    }
    const expected = await readRequests([text], false);
    assert.deepEqual(await readRequests(pieces, true), expected);
    return undefined;
  },
};
