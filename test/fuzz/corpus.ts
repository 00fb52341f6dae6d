// SPDX-License-Identifier: Apache-2.0
// The inputs that mutators begin with, a file each. They lie in the sources: this runs in dist/test/fuzz.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../test/fuzz/corpus/', import.meta.url));

/** In the order of their names, which is the same everywhere. None where there is no such folder. */
export function readCorpus(target: string): Buffer[] {
  const folder = `${FOLDER}${target}`;
  return existsSync(folder)
    ? readdirSync(folder)
        .toSorted()
        .map((name) => readFileSync(`${folder}/${name}`))
    : [];
}
