// SPDX-License-Identifier: Apache-2.0
// Between Node's server and the routes: which requests are answered, and for how long.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ServerLimits } from './limits.ts';
import { BAD_REQUEST, refusalOf } from './refusal.ts';
import { type Reply, type StreamReply, sendReply, sendStreamHead, withHeaders } from './reply.ts';
import { METHOD_NOT_ALLOWED } from './routes.ts';
import type { Shield } from './shield.ts';

/** Answers a request without a body; never rejects. */
type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<Reply | StreamReply>;

export interface AcceptorOptions {
  readonly limits: ServerLimits;
  /** Whether connections come from this machine alone. */
  readonly isLoopback: boolean;
  /** What every answer has. */
  readonly headers: () => Reply['headers'];
  readonly answer: Answer;
}

/** A server that does not listen: each `Shield` is handed to it as a 'connection', and nothing else is. */
export function createAcceptor(options: AcceptorOptions): Server {
  const { limits, isLoopback, headers, answer } = options;
  const server = createServer({
    // Whatever NODE_OPTIONS say: leniency about framing is what lets requests be smuggled.
    insecureHTTPParser: false,
    // Node answers such a request without a word to us, and goes on parsing.
    requireHostHeader: false,
    maxHeaderSize: limits.maxHeaderBytes,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  });
  // Node drops headers beyond this without a word, a Transfer-Encoding among them: one more shows that there are more.
  server.maxHeadersCount = limits.maxHeaderCount + 1;
  server.timeout = limits.idleTimeoutMs;

  async function accept(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const shield = request.socket as unknown as Shield;
    shield.beginAnswer();
    const refusal = refusalOf(request, limits, isLoopback);
    if (refusal !== undefined) {
      shield.refuse(withHeaders(refusal, headers()));
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    response.once('close', () => {
      clearTimeout(timer);
      shield.endAnswer();
    });
    const reply = withHeaders(await answer(request, response), headers());
    response.shouldKeepAlive &&= !shield.isRetired;
    if (shield.destroyed) {
      return;
    }
    if ('isStream' in reply) {
      sendStreamHead(reply, response);
      if (request.method === 'HEAD') {
        response.end();
      } else {
        shield.beginStream();
      }
    } else {
      sendReply(reply, response);
      // Node limits how long a connection may be idle, but not how slowly a client may read.
      timer = setTimeout(() => shield.destroy(), limits.drainTimeoutMs).unref();
    }
  }

  server.on('request', accept);
  // Node itself would answer 100 or 417 before a body could be refused.
  server.on('checkContinue', accept);
  server.on('checkExpectation', accept);
  server.on('connect', (_, shield: Shield) => shield.refuse(METHOD_NOT_ALLOWED));
  server.on('clientError', ({ code }: NodeJS.ErrnoException, shield: Shield) => {
    if (code?.startsWith('HPE_')) {
      shield.refuse(BAD_REQUEST);
    } else {
      shield.destroy();
    }
  });
  return server;
}
