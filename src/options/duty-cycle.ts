// SPDX-License-Identifier: Apache-2.0
// How long and how often to measure, as a text: "1s/60s".
import { ConfigError } from '../errors.ts';

const WANTED =
  'not two times in seconds such as 1s/60s, the first from 0.1s and less than the second, which is at most 86400s';

/** See `DutyCycle` in src/instruments/program-cost.ts. Throws a ConfigError that says what would do. */
export function parseDutyCycle(text: string): { measureMs: number; everyMs: number } {
  const match = /^(\d+(?:\.\d+)?)s\/(\d+(?:\.\d+)?)s$/.exec(text);
  const [measureMs = 0, everyMs = 0] = (match ?? [])
    .slice(1)
    .map((seconds) => 1000 * Number(seconds));
  if (measureMs < 100 || measureMs >= everyMs || everyMs > 86_400_000) {
    throw new ConfigError(WANTED);
  }
  return { measureMs, everyMs };
}
