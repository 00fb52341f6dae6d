// SPDX-License-Identifier: Apache-2.0
// Loaded with --import into the engine's process: measures how late its loop is, and writes it to a file at the end.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;

/** As the file has it; ms beyond the resolution. */
export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const file = process.env['XDP_TEST_LOOP_DELAY'];
if (file !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // Starting is not running.
  setTimeout(() => histogram.reset(), 5000).unref();
  process.on('exit', () => {
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const delay: LoopDelay = {
      p50Ms: late(histogram.percentile(50)),
      p99Ms: late(histogram.percentile(99)),
      maxMs: late(histogram.max),
    };
    writeFileSync(file, JSON.stringify(delay));
  });
}
