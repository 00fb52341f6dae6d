// SPDX-License-Identifier: Apache-2.0
// Fuzzes one target in a thread of its own, whose end another thread may bring about.
import { parentPort, workerData } from 'node:worker_threads';
import { readCorpus } from './corpus.ts';
import { makeInput } from './mutate.ts';
import { Progress } from './progress.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

/** What a thread is asked to do: the first of the two bounds ends it. */
export interface Work {
  /** URL of a module that exports `TARGETS`. */
  readonly module: string;
  readonly name: string;
  readonly seed: number;
  readonly executions: number;
  readonly seconds: number;
  readonly shared: SharedArrayBuffer;
  /** For files. Whoever made it removes it. */
  readonly folder: string;
  /** Instead of all others. */
  readonly input?: Uint8Array;
}

/** What it says at its end. */
export interface Done {
  readonly inputs: number;
  readonly executions: number;
  /** How the last input broke a promise. */
  readonly failure?: string;
}

/** Inputs between two looks at the clock. */
const STRIDE = 16;

async function fuzz(work: Work): Promise<Done> {
  const { TARGETS } = (await import(work.module)) as { TARGETS: readonly Target[] };
  const target = TARGETS.find(({ name }) => name === work.name) as Target;
  const progress = new Progress(work.shared);
  let executions = 0;
  const attempt = async (input: Buffer) => {
    progress.begin(input);
    const outcome = target.run(input);
    // Most are no promise: to wait for each would take as long as they do.
    executions += (outcome instanceof Promise ? await outcome : outcome) ?? 1;
  };
  try {
    if (work.input === undefined) {
      await attemptMany(target, work, attempt, () => executions < work.executions);
    } else {
      await attempt(Buffer.from(work.input));
    }
    return { inputs: progress.begun, executions };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { inputs: progress.begun, executions, failure };
  }
}

/** The corpus as it is first. */
async function attemptMany(
  { name, maxBytes, dictionary = [] }: Target,
  { seed, seconds }: Work,
  attempt: (input: Buffer) => Promise<void>,
  isWanted: () => boolean,
): Promise<void> {
  const endMs = performance.now() + 1000 * seconds;
  const found = readCorpus(name).map((input) => input.subarray(0, maxBytes));
  const corpus = found.length === 0 ? [Buffer.alloc(0)] : found;
  const words = dictionary.map((word) => Buffer.from(word, 'latin1'));
  const material = { random: new Random(seed), corpus, dictionary: words, maxBytes };
  for (const input of corpus) {
    await attempt(input);
  }
  while (isWanted() && performance.now() < endMs) {
    for (let input = 0; input < STRIDE; input++) {
      await attempt(makeInput(material));
    }
  }
}

parentPort?.postMessage(await fuzz(workerData as Work));
