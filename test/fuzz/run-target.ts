// SPDX-License-Identifier: Apache-2.0
// Has a thread fuzz one target, and ends it where an input takes too long or too much memory.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Progress } from './progress.ts';
import type { Target } from './target.ts';
import type { Done, Work } from './worker.ts';

/** For one input, on a machine that has much else to do. */
const MAX_INPUT_MS = 20_000;
const LOOK_MS = 250;
/** Of the thread's objects; and what the process may grow by in all, so that typed arrays are bounded, too. */
const MAX_HEAP_MIB = 256;
const MAX_GROWTH_BYTES = 768 * 1024 * 1024;

export interface Bounds extends Pick<Work, 'seed' | 'executions' | 'seconds' | 'input'> {
  /** For one input. */
  readonly maxInputMs?: number;
}

/** What came of it. */
export interface Outcome extends Done {
  readonly target: string;
  readonly seconds: number;
  /** The input that broke a promise. */
  readonly input?: Buffer;
}

/** @param module URL of the module whose `TARGETS` has the target */
export async function runTarget(
  { name, maxBytes }: Pick<Target, 'name' | 'maxBytes'>,
  module: string,
  { maxInputMs = MAX_INPUT_MS, ...bounds }: Bounds,
): Promise<Outcome> {
  const progress = new Progress(maxBytes);
  const startedAtMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'xdp-fuzz-'));
  const workerData: Work = { module, name, ...bounds, shared: progress.shared, folder };
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  });
  const failed = (failure: string): Done => ({ inputs: progress.begun, executions: 0, failure });
  const done = await Promise.race([
    once(worker, 'message').then(([message]) => message as Done),
    once(worker, 'exit').then(([code]) => failed(`the thread ended with ${code}`)),
    watch(progress, maxInputMs).then(failed),
  ]).catch((error: unknown) => failed(String(error)));
  await worker.terminate();
  rmSync(folder, { recursive: true });
  return {
    target: name,
    seconds: (performance.now() - startedAtMs) / 1000,
    ...done,
    ...(done.failure === undefined ? {} : { input: progress.input }),
  };
}

/** Resolves with what is wrong, and never where nothing is. Keeps no process alive. */
function watch(progress: Progress, maxInputMs: number): Promise<string> {
  const rssBefore = process.memoryUsage.rss();
  let begun = -1;
  let begunAtMs = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      if (progress.begun !== begun) {
        begun = progress.begun;
        begunAtMs = nowMs;
      } else if (nowMs - begunAtMs > maxInputMs) {
        end(`no end within ${maxInputMs} ms`);
      }
      const growth = process.memoryUsage.rss() - rssBefore;
      if (growth > MAX_GROWTH_BYTES) {
        end(`the process has grown by ${growth} bytes`);
      }
    }, LOOK_MS).unref();
    const end = (problem: string) => {
      clearInterval(timer);
      resolve(problem);
    };
  });
}
