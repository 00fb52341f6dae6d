// SPDX-License-Identifier: Apache-2.0
// A warning that a hostile client can cause as often as it likes, and that fills no disk.
import type { Log, LogFields } from '../log.ts';

const QUIET_MS = 60_000;

/** Logs at once, and then at most once a minute with how often it came to that since, and the last `fields`. */
export function createRareWarning(
  log: Log,
  message: string,
  nowMs: () => number = () => performance.now(),
): (fields?: LogFields) => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  let times = 0;
  return (fields) => {
    times++;
    if (nowMs() >= quietUntilMs) {
      quietUntilMs = nowMs() + QUIET_MS;
      log.warn(message, { times, ...fields });
      times = 0;
    }
  };
}
