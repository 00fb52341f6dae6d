// SPDX-License-Identifier: Apache-2.0
// One quiet line on a terminal that says what takes long, and is gone when it is over.
import { type LogRecord, PROGRESS } from '../log.ts';

/** From one form of the line to the next: nobody reads faster. */
const INTERVAL_MS = 100;

/** To the start of the line, and erase it: ECMA-48. */
const ERASE = '\r\u001b[K';

export class Progress {
  readonly #stream: { readonly isTTY?: boolean; write(text: string): unknown };
  #isShown = false;
  #shownAtMs = Number.NEGATIVE_INFINITY;

  /** @param stream standard error; nothing is written to what is no terminal */
  constructor(stream: { readonly isTTY?: boolean; write(text: string): unknown }) {
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

  /** Before anything else is written, and at the end. */
  clear(): void {
    if (this.#isShown) {
      this.#stream.write(ERASE);
      this.#isShown = false;
    }
  }

  /** A sink that shows how far something is, and writes all other records by `next` where the line was. */
  sink(next: (record: LogRecord) => void): (record: LogRecord) => void {
    return (record) => {
      const { doing, done, of } = record.fields;
      if (record.message === PROGRESS && done !== of) {
        this.show(`${doing}: ${done} of ${of}`);
      } else {
        this.clear();
      }
      next(record);
    };
  }
}
