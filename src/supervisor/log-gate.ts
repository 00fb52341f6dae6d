// SPDX-License-Identifier: Apache-2.0
// Lets through what the wire logs, as much as a sound one ever does: one that runs wild must not fill a disk.
import type { LogRecord } from '../log.ts';

const MAX_RECORDS = 100;
const PERIOD_MS = 10_000;

/** @param now ms of a clock that nobody sets */
export function createLogGate(
  sink: (record: LogRecord) => void,
  now = () => performance.now(),
): (record: LogRecord) => void {
  let periodStartMs = now();
  let passed = 0;
  let dropped = 0;
  return (record) => {
    if (now() - periodStartMs >= PERIOD_MS) {
      periodStartMs = now();
      passed = 0;
      if (dropped > 0) {
        sink({ level: 'warn', message: 'dropped lines of the wire', fields: { lines: dropped } });
        dropped = 0;
      }
    }
    if (passed < MAX_RECORDS) {
      passed++;
      sink(record);
    } else {
      dropped++;
    }
  };
}
