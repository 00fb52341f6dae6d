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
/** For the thread to load its modules, before the first input: on such a machine that takes longer. */
const MAX_LOAD_MS = 120_000;
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

/** Gives a look at each input's time: what is wrong with it, if anything. */
function stallOf(progress: Progress, maxInputMs: number): () => string | undefined {
  let begun = -1;
  let begunAtMs = 0;
  return () => {
    const nowMs = performance.now();
    if (progress.begun !== begun) {
      begun = progress.begun;
      begunAtMs = nowMs;
    }
    const [what, mostMs] = begun === 0 ? ['input', MAX_LOAD_MS] : ['end', maxInputMs];
    return nowMs - begunAtMs > mostMs ? `no ${what} within ${mostMs} ms` : undefined;
  };
}

/** Resolves with what is wrong, and never where nothing is. Keeps no process alive. */
function watch(progress: Progress, maxInputMs: number): Promise<string> {
  const rssBefore = process.memoryUsage.rss();
  const stall = stallOf(progress, maxInputMs);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const growth = process.memoryUsage.rss() - rssBefore;
      const problem =
        growth > MAX_GROWTH_BYTES ? `the process has grown by ${growth} bytes` : stall();
      if (problem !== undefined) {
        clearInterval(timer);
        resolve(problem);
      }
    }, LOOK_MS).unref();
  });
}
