// SPDX-License-Identifier: Apache-2.0
// How many new series there may be: so many an hour, and some of those at once.

const HOUR_MS = 3_600_000;
const USUAL_BURST = 60;
/** Tokens are taken about once a second: a bucket that holds less than it gains meanwhile would give less. */
const REFILL_MS = 2_000;

/** Each token is one new series. */
export interface TokenBucket {
  /** Takes a token. False where none is left. */
  take(clockMs: number): boolean;
}

/** Begins full, at time 0. */
export function createTokenBucket(perHour: number): TokenBucket {
  const burst = Math.max(Math.min(USUAL_BURST, perHour), (perHour * REFILL_MS) / HOUR_MS);
  let tokens = burst;
  let filledAtMs = 0;
  return {
    take(clockMs) {
      tokens = Math.min(burst, tokens + ((clockMs - filledAtMs) * perHour) / HOUR_MS);
      filledAtMs = clockMs;
      if (tokens < 1) {
        return false;
      }
      tokens--;
      return true;
    },
  };
}
