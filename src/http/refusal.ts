// SPDX-License-Identifier: Apache-2.0
// Requests that are answered with an error and the end of their connection, before any route sees them.
import type { IncomingMessage } from 'node:http';
import type { ServerLimits } from './limits.ts';
import { plainText, type Reply } from './reply.ts';
import { TOO_LARGE } from './shield.ts';

/** "localhost" and the addresses of the loopback device, with any port: a tunnel may have changed it. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){1,3}|\[::1\])(?::\d*)?$/i;

export const BAD_REQUEST = plainText(400, 'bad request');

/**
 * Why a request is refused; undefined where it may be routed.
 * @param isLoopback whether the server is for this machine alone. A browser on it may be led here by a hostile site
 * whose name resolves to 127.0.0.1, and would let that site read the answer: so a name must be a local one.
 */
export function refusalOf(
  request: IncomingMessage,
  { maxHeaderCount }: ServerLimits,
  isLoopback: boolean,
): Reply | undefined {
  const { headers, headersDistinct, rawHeaders } = request;
  if (rawHeaders.length > 2 * maxHeaderCount) {
    return TOO_LARGE;
  }
  if (hasBody(request)) {
    return plainText(413, 'a request must not have a body');
  }
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') {
    return plainText(505, 'use HTTP/1.1');
  }
  // RFC 9112, 3.2: two of them are two opinions on what was asked.
  const hosts = headersDistinct['host']?.length ?? 0;
  if (hosts > 1 || (hosts === 0 && request.httpVersion === '1.1')) {
    return plainText(400, 'a request must have one Host');
  }
  if (isLoopback && headers.host !== undefined && !LOOPBACK_HOST.test(headers.host)) {
    return plainText(421, 'this address is for local clients: ask for localhost or 127.0.0.1');
  }
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect)) {
    return plainText(417, 'expectation failed');
  }
  return undefined;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
