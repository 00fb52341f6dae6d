// SPDX-License-Identifier: Apache-2.0
// The image of the Dockerfile as it stands. No registry is asked: its base is made here, under the name it has there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { succeed } from './command.ts';
import { createDebianRoot } from './debian-root.ts';
import type { Podman } from './podman.ts';

export const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));
export const IMAGE = 'localhost/xdp-exporter:test';

const BUILD_TIMEOUT_MS = 600_000;

/** The name of every stage's base in the Dockerfile, and the version of Node.js that it promises. */
export function readBase(): { base: string; nodeVersion: string } {
  const dockerfile = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8');
  const [, base = '', nodeVersion = ''] =
    /^ARG BASE=(\S+\/node:(\d+\.\d+\.\d+)-bookworm-slim)$/m.exec(dockerfile) ?? [];
  return { base, nodeVersion };
}

/** Makes the base, under the name that it has in the Dockerfile. */
export async function importBase(podman: Podman): Promise<void> {
  const { base, nodeVersion } = readBase();
  const root = join(podman.folder, 'base');
  // The official image has all three, so that the test can see them go.
  await createDebianRoot(root, nodeVersion, { npm: '11', corepack: '0', yarn: '1.22.22' });
  const archive = join(podman.folder, 'base.tar');
  await succeed('tar', ['-C', root, '-cf', archive, '.']);
  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await podman.run(['import', '--change', path, archive, base]);
  await succeed('rm', ['--recursive', '--force', '--one-file-system', root, archive]);
}

export async function buildImage(podman: Podman): Promise<void> {
  await importBase(podman);
  const build = ['build', '--pull=never', '--network=host', '--format=docker', '--tag', IMAGE];
  await podman.run([...build, PROJECT], { timeoutMs: BUILD_TIMEOUT_MS });
}
