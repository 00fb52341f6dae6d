// SPDX-License-Identifier: Apache-2.0
// The events of the server, for as long as somebody looks.
import type { JsonSnapshot } from '../snapshot/json.ts';

const EVENTS = new URL('../events', import.meta.url);
const RETRY_MS = 5_000;

export interface StreamEvents {
  readonly onSnapshot: (snapshot: JsonSnapshot) => void;
  /** Why there is none, in a sentence. */
  readonly onProblem: (problem: string) => void;
}

/** A browser asks again by itself where a connection ends, but not where it was refused. */
export class Stream {
  readonly #events: StreamEvents;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(events: StreamEvents) {
    this.#events = events;
  }

  open(): void {
    this.close();
    const source = new EventSource(EVENTS);
    this.#source = source;
    source.onmessage = ({ data }) => this.#events.onSnapshot(JSON.parse(data));
    source.addEventListener('problem', ({ data }) =>
      this.#events.onProblem(`The exporter cannot be read: ${JSON.parse(data)}`),
    );
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) {
        void this.#explain();
      } else {
        this.#events.onProblem('The connection was closed; reconnecting.');
      }
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  /** An EventSource does not tell what it was refused with. */
  async #explain(): Promise<void> {
    const source = this.#source;
    const abort = new AbortController();
    let reason = 'the exporter does not answer';
    try {
      const response = await fetch(EVENTS, { signal: abort.signal });
      reason = response.ok ? 'the stream ended' : await response.text();
    } catch {
      // That it does not answer is all there is to say.
    }
    abort.abort();
    // It may have been closed, or opened again, meanwhile.
    if (source !== undefined && source === this.#source) {
      this.#events.onProblem(`No data: ${reason.trim()}. Retrying.`);
      this.#timer = setTimeout(() => this.open(), RETRY_MS);
    }
  }
}
