// SPDX-License-Identifier: Apache-2.0
// What Node's parser makes of the bytes of a connection, as they are or behind a shield.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { DEFAULT_LIMITS } from '../../../src/http/limits.ts';
import { Shield } from '../../../src/http/shield.ts';

export function shieldOn(socket: Duplex): Shield {
  const parts = { setTimeout: () => {}, remoteAddress: '127.0.0.1' };
  return new Shield(Object.assign(socket, parts) as unknown as Socket, DEFAULT_LIMITS);
}

/** What a parser makes of bytes: a line for each request, and the code of the error that ends them. */
type Reading = readonly string[];

/** Node's server, on the bytes as they are or behind a shield. It answers everything, and takes no body. */
export async function readRequests(
  chunks: readonly string[],
  isShielded: boolean,
): Promise<Reading> {
  const reading: string[] = [];
  const server = createServer({ insecureHTTPParser: false, requireHostHeader: false });
  const [client, socket] = duplexPair();
  const connection = isShielded ? shieldOn(socket) : socket;
  let isOver = false;
  const end = (why: string) => {
    // Behind the last request that a client announces, a shield throws away what the parser would complain of.
    if (!isOver && why !== 'HPE_CLOSED_CONNECTION') {
      reading.push(why);
    }
    isOver = true;
    connection.end();
  };
  server.on('request', ({ method, url, rawHeaders, headers }, response) => {
    if (connection instanceof Shield) {
      connection.beginAnswer();
      response.once('close', () => connection.endAnswer());
    }
    if (!isOver) {
      reading.push(`${method} ${url} ${JSON.stringify(rawHeaders)}`);
    }
    if (Number(headers['content-length'] ?? 0) > 0) {
      end('body');
      return;
    }
    setImmediate(() => response.end());
  });
  server.on('clientError', ({ code }: NodeJS.ErrnoException) => end(String(code)));
  server.emit('connection', connection);
  for (const chunk of chunks) {
    client.write(Buffer.from(chunk, 'latin1'));
  }
  client.end();
  await once(client.resume(), 'end');
  return reading;
}
