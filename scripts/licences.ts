// SPDX-License-Identifier: Apache-2.0
// Prints the licences of the modules that the npm package brings along, as their authors wrote them.
// Usage: node licences.js, in the project's folder.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)([-.].*)?$/i;
const RULE = '-'.repeat(80);

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: true;
  readonly devOptional?: true;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, Locked>>;
};
const texts = Object.entries(lock.packages).flatMap(
  ([path, { version, license, dev, devOptional }]) => {
    if (path === '' || dev || devOptional) {
      return [];
    }
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return [[`${name} ${version}: ${license}`, ...licencesIn(path)].join('\n\n')];
  },
);
process.stdout.write(`${texts.join(`\n${RULE}\n`)}\n`);

/** One of another machine is not there, and has none of its own: the package that wants it has. */
function licencesIn(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((file) => LICENCE_FILE.test(file))
      .sort()
      .map((file) => readFileSync(join(path, file), 'utf8').trimEnd());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}
