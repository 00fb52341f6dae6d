// SPDX-License-Identifier: Apache-2.0
// A file in a folder of its own, whose text is an input.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Made at the first call, and gone at the thread's end. */
let folder: string | undefined;

/** Gives its path. */
export function writeInput(name: string, input: Buffer): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'xdp-fuzz-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const path = join(folder, name);
  writeFileSync(path, input);
  return path;
}
