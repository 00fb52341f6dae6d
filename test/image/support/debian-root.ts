// SPDX-License-Identifier: Apache-2.0
// A clean Debian 12 in a folder, with Node.js laid out in it as the official images do: what a container starts from.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { findMirror } from '../../systemd/support/debian-root.ts';
import { succeed } from './command.ts';

const SUITE = 'bookworm';

/** Where npm's packages go, and the commands that link to them. */
const TOOLS = [
  {
    name: 'npm',
    folder: 'usr/local/lib/node_modules/npm',
    commands: { npm: 'bin/npm-cli.js', npx: 'bin/npx-cli.js' },
  },
  {
    name: 'corepack',
    folder: 'usr/local/lib/node_modules/corepack',
    commands: { corepack: 'dist/corepack.js' },
  },
  {
    name: 'yarn',
    folder: 'opt/yarn-v1.22.22',
    commands: { yarn: 'bin/yarn', yarnpkg: 'bin/yarnpkg' },
  },
] as const;

export type ToolVersions = Readonly<Partial<Record<(typeof TOOLS)[number]['name'], string>>>;

/**
 * Takes about 40 s. This machine's own Debian mirror and npm registry are the only ones that it is sure to reach, so the
 * root has them too.
 * @param folder does not exist yet, or is empty
 * @param nodeVersion a version or a range of npm, such as "20"
 */
export async function createDebianRoot(
  folder: string,
  nodeVersion: string,
  tools: ToolVersions,
): Promise<void> {
  const mirror = await findMirror(SUITE);
  await succeed('debootstrap', ['--variant=minbase', SUITE, folder, mirror], {
    timeoutMs: 180_000,
  });
  await succeed('chroot', [folder, 'apt-get', 'clean']);
  await unpack(`node-linux-${arch}@${nodeVersion}`, folder, 'usr/local');
  for (const { name, folder: target, commands } of TOOLS) {
    const version = tools[name];
    if (version !== undefined) {
      await unpack(`${name}@${version}`, folder, target);
      for (const [command, file] of Object.entries(commands)) {
        symlinkSync(`/${target}/${file}`, join(folder, 'usr/local/bin', command));
      }
    }
  }
  await copyRegistry(folder);
}

/** Unpacks a package of npm, as it is, into a folder of the root. */
async function unpack(specification: string, root: string, target: string): Promise<void> {
  const download = join(root, 'tmp/npm-pack');
  mkdirSync(download, { recursive: true });
  await succeed('npm', ['pack', specification, '--pack-destination', download], {
    timeoutMs: 180_000,
  });
  const [archive = ''] = readdirSync(download);
  mkdirSync(join(root, target), { recursive: true });
  await succeed('tar', [
    '-xzf',
    join(download, archive),
    '-C',
    join(root, target),
    '--strip-components=1',
    '--no-same-owner',
  ]);
  rmSync(download, { recursive: true });
}

/** For root's npm: the registry, and the certificates by which it is trusted. */
async function copyRegistry(root: string): Promise<void> {
  const setting = async (name: string) => {
    const value = (await succeed('npm', ['config', 'get', name], { cwd: '/' })).trim();
    return value === 'null' || value === 'undefined' ? undefined : value;
  };
  const lines = [`registry=${await setting('registry')}`];
  const certificates = await setting('cafile');
  if (certificates !== undefined && existsSync(certificates)) {
    copyFileSync(certificates, join(root, 'etc/npm-certificates.pem'));
    lines.push('cafile=/etc/npm-certificates.pem');
  }
  writeFileSync(join(root, 'root/.npmrc'), `${lines.join('\n')}\n`);
}
