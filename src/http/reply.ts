// SPDX-License-Identifier: Apache-2.0
// A complete response as data, and how it goes out.
import { type ServerResponse, STATUS_CODES } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A response whose body is written bit by bit, until its connection ends. */
export interface StreamReply extends Omit<Reply, 'body'> {
  readonly isStream: true;
}

/** Nothing served here is a script, a style or a frame of another site's page, and all of it is true only now. */
const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** @param headers win over those of the reply */
export function withHeaders<Answer extends Reply | StreamReply>(
  reply: Answer,
  headers: Reply['headers'],
): Answer {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** One line of text. */
export function plainText(status: number, line: string, headers: Reply['headers'] = {}): Reply {
  const contentType = { 'Content-Type': 'text/plain; charset=utf-8' };
  return { status, headers: { ...contentType, ...headers }, body: `${line}\n` };
}

/** Node itself withholds the body where the request was HEAD. */
export function sendReply(reply: Reply, response: ServerResponse): void {
  response.writeHead(reply.status, allHeaders(reply));
  response.end(reply.body);
}

/** Sends the head alone: whoever holds the response writes to it from then on. */
export function sendStreamHead({ status, headers }: StreamReply, response: ServerResponse): void {
  response.writeHead(status, { ...COMMON_HEADERS, ...headers });
  response.flushHeaders();
}

/** As text, for a connection that ends with it, and on which Node may have no request to respond to. */
export function formatReply(reply: Reply): string {
  const headers = Object.entries({ ...allHeaders(reply), Connection: 'close' });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const { status, body } = reply;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n${body}`;
}

function allHeaders({ headers, body }: Reply): Record<string, string> {
  return { ...COMMON_HEADERS, ...headers, 'Content-Length': `${Buffer.byteLength(body)}` };
}
