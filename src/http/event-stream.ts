// SPDX-License-Identifier: Apache-2.0
// Server-sent events: one a second, made once for everybody who looks, and none where nobody does.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import { clientOf } from './connections.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { createRareWarning } from './rare-warning.ts';
import { plainText, type Reply, type StreamReply } from './reply.ts';

export interface EventStreamOptions {
  /** Makes the data of an event, in one line. Where it rejects, those who look are told why. */
  readonly next: () => Promise<string>;
  readonly log: Log;
  /** A test gives others. */
  readonly limits?: Partial<EventStreamLimits>;
}

interface EventStreamLimits {
  /** Fewer than one client has connections, so that it can still scrape. More get 503. */
  readonly maxViewers: number;
  readonly intervalMs: number;
  /** An event that is not on its way after so long ends its connection. */
  readonly drainTimeoutMs: number;
}

const LIMITS: EventStreamLimits = {
  maxViewers: 8,
  intervalMs: 1_000,
  drainTimeoutMs: DEFAULT_LIMITS.drainTimeoutMs,
};

interface Viewer {
  readonly client: string;
  /** When the last event was written; before the first one, since when it waits. */
  sentAtMs: number;
}

/**
 * The route of the events. A viewer who has not taken the last event is not given the next one: no more than one waits for
 * anybody. Where all places are taken, the client that has the most of them makes room for one that has two fewer, so
 * that nobody is kept out for good.
 */
export class EventStream {
  readonly #next: () => Promise<string>;
  readonly #limits: EventStreamLimits;
  readonly #warnOfMany: () => void;
  readonly #warnOfFailure: () => void;
  /** The oldest first. */
  readonly #viewers = new Map<ServerResponse, Viewer>();
  #timer: NodeJS.Timeout | undefined;
  #isMaking = false;

  constructor({ next, log, limits }: EventStreamOptions) {
    this.#next = next;
    this.#limits = { ...LIMITS, ...limits };
    this.#warnOfMany = createRareWarning(log, 'refused viewers of the live page: too many');
    this.#warnOfFailure = createRareWarning(log, 'cannot read what the live page shows');
  }

  answer(request: IncomingMessage, response: ServerResponse): Reply | StreamReply {
    // A page elsewhere cannot read the events, but it could take the places of those who can.
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      return plainText(403, 'the live page can be read by itself alone');
    }
    if (request.method === 'GET') {
      const client = clientOf(request.socket.remoteAddress);
      if (this.#viewers.size >= this.#limits.maxViewers && !this.#makeRoomFor(client)) {
        this.#warnOfMany();
        return plainText(
          503,
          `${this.#viewers.size} viewers are connected to the live page, which is the limit: close one of them or try again later`,
          { 'Retry-After': '5' },
        );
      }
      this.#add(response, client);
    }
    return { status: 200, headers: { 'Content-Type': 'text/event-stream' }, isStream: true };
  }

  #add(response: ServerResponse, client: string): void {
    this.#viewers.set(response, { client, sentAtMs: performance.now() });
    response.once('close', () => this.#remove(response));
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#send(), this.#limits.intervalMs);
      this.#timer.unref();
      // The head of the response goes first.
      setImmediate(() => void this.#send());
    }
  }

  #remove(response: ServerResponse): void {
    this.#viewers.delete(response);
    if (this.#viewers.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #makeRoomFor(client: string): boolean {
    const byClient = new Map<string, ServerResponse[]>();
    for (const [response, viewer] of this.#viewers) {
      byClient.set(viewer.client, [...(byClient.get(viewer.client) ?? []), response]);
    }
    const own = byClient.get(client)?.length ?? 0;
    const largest = [...byClient.values()].reduce((one, other) =>
      other.length > one.length ? other : one,
    );
    const [oldest] = largest;
    if (oldest === undefined || largest.length < own + 2) {
      return false;
    }
    this.#remove(oldest);
    oldest.destroy();
    return true;
  }

  async #send(): Promise<void> {
    if (this.#isMaking || this.#viewers.size === 0) {
      return;
    }
    this.#isMaking = true;
    const text = await this.#make();
    this.#isMaking = false;
    const nowMs = performance.now();
    for (const [response, viewer] of this.#viewers) {
      if (response.writableLength === 0 && response.headersSent) {
        viewer.sentAtMs = nowMs;
        response.write(text);
      } else if (nowMs - viewer.sentAtMs > this.#limits.drainTimeoutMs) {
        response.destroy();
      }
    }
  }

  async #make(): Promise<string> {
    try {
      return `data: ${await this.#next()}\n\n`;
    } catch (error) {
      this.#warnOfFailure();
      return `event: problem\ndata: ${JSON.stringify(errorMessage(error))}\n\n`;
    }
  }
}
