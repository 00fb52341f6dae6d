// SPDX-License-Identifier: Apache-2.0
// A file whose text is an input, in the folder of the thread that fuzzes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import type { Work } from './worker.ts';

/** Gives its path. */
export function writeInput(name: string, input: Buffer): string {
  const path = join((workerData as Work).folder, name);
  writeFileSync(path, input);
  return path;
}
