// SPDX-License-Identifier: Apache-2.0
// The packed package, and an npm cache from which it installs without a network.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE_FOLDER } from './debian-root.ts';

const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));

export interface PackedProject {
  readonly file: string;
  readonly cacheFolder: string;
  /** The cache's contents are those of one registry. */
  readonly registry: string;
}

/** Packs into `folder`. The build that "prepack" would do must have been done. */
export function packProject(folder: string): PackedProject {
  const npm = (...args: string[]) =>
    execFileSync('npm', args, {
      cwd: PROJECT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const [packed] = JSON.parse(
    npm('pack', '--ignore-scripts', '--json', '--pack-destination', folder),
  );
  const file = join(folder, packed.filename);
  const cacheFolder = join(CACHE_FOLDER, 'npm');
  mkdirSync(cacheFolder, { recursive: true });
  const trial = mkdtempSync(join(folder, 'trial-'));
  npm('install', '--prefix', trial, '--cache', cacheFolder, '--prefer-offline', '--no-audit', file);
  rmSync(trial, { recursive: true });
  return { file, cacheFolder, registry: npm('config', 'get', 'registry').trim() };
}
