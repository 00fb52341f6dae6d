// SPDX-License-Identifier: Apache-2.0
// Requests that are answered with an error and the end of their connection, before any route sees them.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ServerLimits } from './limits.ts';
import { formatReply, plainText, type Reply } from './reply.ts';

/** " HTTP/1.1" and two line ends; a header has ": " and one. */
const REQUEST_LINE_REST_BYTES = 13;
const HEADER_REST_BYTES = 4;

/** Why a request is refused; undefined where it may be routed. */
export function refusalOf(
  request: IncomingMessage,
  { maxHeaderBytes, maxHeaderCount }: ServerLimits,
): Reply | undefined {
  const { headers, headersDistinct, rawHeaders } = request;
  if (rawHeaders.length > 2 * maxHeaderCount || headBytes(request) > maxHeaderBytes) {
    return plainText(431, 'request header fields too large');
  }
  if (hasBody(request)) {
    return plainText(413, 'a request must not have a body');
  }
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') {
    return plainText(505, 'use HTTP/1.1');
  }
  // RFC 9112, 3.2: two of them are two opinions on what was asked.
  if ((headersDistinct['host']?.length ?? 0) > 1) {
    return plainText(400, 'more than one Host');
  }
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect)) {
    return plainText(417, 'expectation failed');
  }
  return undefined;
}

/** As sent by a client that puts one space behind a colon. */
function headBytes({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  const fields = rawHeaders.reduce((sum, text) => sum + text.length + HEADER_REST_BYTES / 2, 0);
  return method.length + 1 + url.length + REQUEST_LINE_REST_BYTES + fields;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The answer to bytes that are no request; undefined where the connection itself broke. */
export function refusalOfError(code: string | undefined): Reply | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return plainText(431, 'request header fields too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return plainText(408, 'request timeout');
    default:
      return code?.startsWith('HPE_') ? plainText(400, 'bad request') : undefined;
  }
}

/**
 * Answers and ends the connection. It reads on for a while: closing with input unread sends a reset, which may
 * overtake the answer (RFC 9112, 9.6).
 */
export function refuse(socket: Duplex, reply: Reply, lingerMs: number): void {
  socket.end(formatReply(reply));
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  socket.resume();
}
