// SPDX-License-Identifier: Apache-2.0
// The packed package. It brings its modules along, so that it installs without a network.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));

/** Packs into `folder`. The build that "prepack" would do must have been done. */
export function packProject(folder: string): void {
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder];
  execFileSync('npm', args, { cwd: PROJECT, stdio: 'ignore' });
}
