// SPDX-License-Identifier: Apache-2.0
// Log lines that wait until the screen is gone: on it they would be in the way, and be overwritten.
import type { LogRecord } from '../log.ts';

/** What is kept: the last lines matter. */
const MOST_RECORDS = 100;

type Sink = (record: LogRecord) => void;

/** @param sink is given the records when they are released */
export function holdLog(sink: Sink): { readonly log: Sink; release(): void } {
  const held: LogRecord[] = [];
  let dropped = 0;
  return {
    log(record) {
      if (held.push(record) > MOST_RECORDS) {
        held.shift();
        dropped++;
      }
    },
    release() {
      if (dropped > 0) {
        sink({
          level: 'error',
          message: 'dropped log lines while the screen was shown',
          fields: { lines: dropped },
        });
      }
      held.splice(0).forEach(sink);
    },
  };
}
