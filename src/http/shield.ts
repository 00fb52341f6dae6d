// SPDX-License-Identifier: Apache-2.0
// Stands between a connection and Node's parser, which would parse all requests of one read before it answers any.
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ServerLimits } from './limits.ts';
import { formatReply, plainText, type Reply } from './reply.ts';

const LF = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);

const TIMEOUT = plainText(408, 'request timeout');
export const TOO_LARGE = plainText(431, 'request header fields too large');

type Done = (error?: Error | null) => void;

/**
 * new: no request has come whole yet. streaming: the answer has no end. over: the last answer is out or on its way, and input
 * is thrown away.
 */
type State = 'new' | 'answering' | 'streaming' | 'idle' | 'over';

/**
 * A connection as the parser sees it. The parser gets a line at a time, and after the one that ends a request nothing
 * until that is answered: what ends a request is the parser's opinion alone. The rest waits here and in the socket's own
 * buffer, less than 160 KiB of it, and then with the client. The socket may be one of TLS.
 */
export class Shield extends Duplex {
  readonly #socket: Socket;
  readonly #limits: ServerLimits;
  #state: State = 'new';
  /** Read, and not yet given to the parser. */
  #held = NOTHING;
  /** Given to the parser since the last request. */
  #headBytes = 0;
  #isParserWaiting = false;
  /** The client has sent its last byte. */
  #isAtEnd = false;
  #timer: NodeJS.Timeout | undefined;
  #isRetired = false;

  constructor(socket: Socket, limits: ServerLimits) {
    // Without a mark to fill it never reads ahead: the parser has seen a line before the next one leaves.
    super({ readableHighWaterMark: 0 });
    this.#socket = socket;
    this.#limits = limits;
    this.#awaitHead();
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('end', () => {
      this.#isAtEnd = true;
      if (this.#state === 'streaming') {
        this.destroy();
      } else {
        this.#feed();
      }
    });
    socket.on('close', () => this.destroy());
    socket.on('timeout', () => this.emit('timeout'));
    // It closes after an error, and that is all there is to know. Node takes its own listener away at CONNECT.
    socket.on('error', () => {});
    this.on('error', () => {});
  }

  get state(): State {
    return this.#state;
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** The next answer is to be the last one. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Lets the answer that is under way, or else the next one, be the last one. A stream ends at once. */
  retire(): void {
    this.#isRetired = true;
    if (this.#state === 'streaming') {
      this.destroy();
    }
  }

  /** A request has come whole. To be called before the parser's callback for it returns. */
  beginAnswer(): void {
    clearTimeout(this.#timer);
    this.#state = 'answering';
    this.#headBytes = 0;
  }

  /** The answer goes on until either side leaves: it may be cut off for another connection. */
  beginStream(): void {
    if (this.#isAtEnd) {
      this.destroy();
    } else {
      this.#state = 'streaming';
    }
  }

  /** The answer is out: the next request may come. */
  endAnswer(): void {
    if (this.#state === 'answering') {
      this.#state = 'idle';
      this.#feed();
    }
  }

  /** Answers whatever has come and ends the connection. */
  refuse(reply: Reply): void {
    if (this.#state !== 'over') {
      this.write(formatReply(reply));
      this.destroySoon();
    }
  }

  /**
   * Ends the connection behind what is written, and reads on for a while: closing with input unread sends a reset,
   * which may overtake the answer (RFC 9112, 9.6). Node calls it after an answer with "Connection: close".
   */
  destroySoon(): void {
    if (this.#state !== 'over') {
      this.#state = 'over';
      this.#held = NOTHING;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.destroy(), this.#limits.lingerMs).unref();
      this.end();
      this.#socket.resume();
    }
  }

  /** As Node wants it of a socket: emits 'timeout'. */
  setTimeout(ms: number): this {
    this.#socket.setTimeout(ms);
    return this;
  }

  override _read(): void {
    this.#isParserWaiting = true;
    this.#feed();
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: Done): void {
    this.#socket.write(bytes, done);
  }

  override _final(done: Done): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#state = 'over';
    this.#held = NOTHING;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    if (this.#state !== 'over') {
      this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
      this.#feed();
    }
  }

  #feed(): void {
    while (this.#isParserWaiting && this.#isExpecting() && this.#held.length > 0) {
      this.#feedLine();
    }
    if (this.#held.length > this.#limits.maxHeaderBytes) {
      this.#socket.pause();
    } else {
      this.#socket.resume();
    }
    if (this.#isAtEnd && this.#isExpecting() && this.#held.length === 0) {
      this.push(null);
    }
  }

  #feedLine(): void {
    if (this.#state === 'idle' && this.#headBytes === 0) {
      this.#awaitHead();
    }
    const endOfLine = this.#held.indexOf(LF) + 1 || this.#held.length;
    const line = this.#held.subarray(0, endOfLine);
    this.#held = this.#held.subarray(endOfLine);
    this.#headBytes += line.length;
    if (this.#headBytes > this.#limits.maxHeaderBytes) {
      this.refuse(TOO_LARGE);
    } else {
      this.#isParserWaiting = this.push(line);
    }
  }

  #isExpecting(): boolean {
    return this.#state === 'new' || this.#state === 'idle';
  }

  #awaitHead(): void {
    this.#timer = setTimeout(() => this.refuse(TIMEOUT), this.#limits.headersTimeoutMs).unref();
  }
}
