// SPDX-License-Identifier: Apache-2.0
// A complete response as data, and how it goes out.
import type { ServerResponse } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Nothing served here is a script, a style or a frame of another page, and all of it is true only now. */
const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
};

/** One line of text. */
export function plainText(status: number, line: string): Reply {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
  return { status, headers, body: `${line}\n` };
}

/** Node itself withholds the body where the request was HEAD. */
export function sendReply({ status, headers, body }: Reply, response: ServerResponse): void {
  const length = { 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(status, { ...COMMON_HEADERS, ...headers, ...length });
  response.end(body);
}
