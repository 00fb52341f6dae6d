// SPDX-License-Identifier: Apache-2.0
// The traffic generator as a child process.
import { fileURLToPath } from 'node:url';
import type { GeneratorOptions } from '../generator/options.ts';
import type { GeneratorResult } from '../generator/run.ts';
import { type Child, startChild } from './child.ts';

const ENTRY = fileURLToPath(new URL('../generator/generate.js', import.meta.url));

/** Whoever starts it stops it. */
export interface GeneratorProcess extends Pick<Child, 'pid'> {
  /** Resolves when it has sent all that it was asked to; rejects with what it wrote to stderr. */
  readonly done: Promise<GeneratorResult>;
  /** Ends it early, or waits for its end; resolves to the exact count all the same. May be called again. */
  stop(): Promise<GeneratorResult>;
}

/** @param entry the compiled program; a test may give another */
export function startGenerator(options: GeneratorOptions, entry: string = ENTRY): GeneratorProcess {
  const { pid, done, stop } = startChild('generate traffic', entry, options);
  const result = done.then((line) => JSON.parse(line) as GeneratorResult);
  result.catch(() => {});
  return { pid, done: result, stop: () => stop().then(() => result) };
}
