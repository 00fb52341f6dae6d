// SPDX-License-Identifier: Apache-2.0
// One quiet line on a terminal that says what takes long, and is gone when it is over.
import type { Writable } from 'node:stream';
import { type LogFormat, type LogLevel, type LogRecord, PROGRESS, streamSink } from '../log.ts';

/** From one form of the line to the next: nobody reads faster. */
const INTERVAL_MS = 100;

/** To the start of the line, and erase it: ECMA-48. */
const ERASE = '\r\u001b[K';

type Stream = Pick<Writable, 'write' | 'writableLength'> & { readonly isTTY?: boolean };

export class Progress {
  readonly #stream: Stream;
  #isShown = false;
  #shownAtMs = Number.NEGATIVE_INFINITY;

  /** @param stream standard error; nothing is shown on what is no terminal */
  constructor(stream: Stream) {
    this.#stream = stream;
  }

  show(text: string): void {
    const nowMs = performance.now();
    if (this.#stream.isTTY === true && nowMs - this.#shownAtMs >= INTERVAL_MS) {
      this.#stream.write(`${ERASE}${text} ...`);
      this.#isShown = true;
      this.#shownAtMs = nowMs;
    }
  }

  /** At the end, and before anything else is written. */
  clear(): void {
    if (this.#isShown) {
      this.#stream.write(ERASE);
      this.#isShown = false;
    }
  }

  /** Like `streamSink`; lines of the log take the place of the shown one, and records of progress are shown on it. */
  sink(level: LogLevel, format: LogFormat): (record: LogRecord) => void {
    const stream = this.#stream;
    const next = streamSink(level, format, {
      get writableLength() {
        return stream.writableLength;
      },
      write: (line: string) => {
        this.clear();
        return stream.write(line);
      },
    });
    return (record) => {
      next(record);
      const { doing, done, of } = record.fields;
      if (record.message === PROGRESS && done !== of) {
        this.show(`${doing}: ${done} of ${of}`);
      } else if (record.message === PROGRESS) {
        this.clear();
      }
    };
  }
}
