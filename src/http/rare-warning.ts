// SPDX-License-Identifier: Apache-2.0
// A warning that a hostile client can cause as often as it likes, and that fills no disk.
import type { Log } from '../log.ts';

const QUIET_MS = 60_000;

/** Logs at once, and then at most once a minute with how often it came to that since. */
export function createRareWarning(
  log: Log,
  message: string,
  nowMs: () => number = () => performance.now(),
): () => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  let times = 0;
  return () => {
    times++;
    if (nowMs() >= quietUntilMs) {
      quietUntilMs = nowMs() + QUIET_MS;
      log.warn(message, { times });
      times = 0;
    }
  };
}
