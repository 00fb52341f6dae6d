// SPDX-License-Identifier: Apache-2.0
// The generators of a story: one for the calm, and another beside it while something happens.
import { setTimeout } from 'node:timers/promises';
import type { GeneratorOptions } from '../generator/options.ts';
import type { GeneratorProcess } from './generator-process.ts';
import type { LabEnd } from './lab.ts';
import type { Story } from './scenarios.ts';

/** Nobody watches a demo for longer. */
const MAX_SECONDS = 86_400;

/** Whoever starts it stops it. */
export interface Traffic {
  /** Resolves at the end of the story; rejects where a generator fails. */
  readonly done: Promise<unknown>;
  /** Ends it early, or waits for its end; resolves to the frames that were sent. May be called again. */
  stop(): Promise<number>;
}

export function startTraffic(
  { calm, middle, durationSeconds = MAX_SECONDS }: Story,
  tx: LabEnd,
  start: (options: GeneratorOptions) => GeneratorProcess,
): Traffic {
  const calmly = start({ ...tx, ...calm, durationSeconds });
  const waiting = new AbortController();
  const beginMiddle = async (): Promise<GeneratorProcess | undefined> => {
    if (middle === undefined || !(await hasPassed(middle.fromSeconds, waiting.signal))) {
      return undefined;
    }
    const { fromSeconds, toSeconds, sending } = middle;
    return start({ ...tx, ...sending, durationSeconds: toSeconds - fromSeconds });
  };
  const beside = beginMiddle();
  // The end of what is between is not the end, but its failure is.
  const failed = beside.then((generator) => generator?.done).then(() => calmly.done);
  const done = Promise.race([calmly.done, failed]);
  done.catch(() => {});
  return {
    done,
    async stop() {
      waiting.abort();
      let besideFrames = 0;
      try {
        const result = await (await beside)?.stop();
        // What the device dropped meanwhile, whoever had sent it, the longer of the two runs takes off its own count.
        besideFrames = result === undefined ? 0 : result.sent + result.dropped;
      } finally {
        await calmly.stop();
      }
      const { sent } = await calmly.stop();
      return sent + besideFrames;
    },
  };
}

/** False where the signal came before. */
function hasPassed(seconds: number, signal: AbortSignal): Promise<boolean> {
  return setTimeout(1000 * seconds, true, { signal }).catch(() => false);
}
