// SPDX-License-Identifier: Apache-2.0
// Debian with systemd in a folder, made once and kept: of this machine's own release with Node.js and npm from elsewhere, or
// Debian 13, which has a Node.js that is new enough.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Outside of the project, and cleaned by nobody: making it again takes a minute. */
export const CACHE_FOLDER = '/var/cache/xdp-exporter-test';

const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'libbpf1', 'iproute2', 'curl'];

/** The first with Node.js 20.19. */
const OWN_NODE_SUITE = 'trixie';

/** The oldest that we support, with the npm that came with it. */
const NODE_PACKAGES = [`node-linux-${process.arch}@20`, 'npm@10'];

const TIMEOUT_MS = 300_000;

async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await execFileAsync(command, args, { timeout: TIMEOUT_MS });
  return stdout;
}

/** The mirror that this machine's own apt takes its release from. */
export async function findMirror(codename: string): Promise<string> {
  const filter = ['Created-By: Packages', `Codename: ${codename}`, 'Component: main'];
  const targets = await run('apt-get', 'indextargets', '--format', '$(REPO_URI)', ...filter);
  const [mirror = ''] = targets.split('\n');
  if (mirror === '') {
    throw new Error(`find a mirror of "${codename}": apt has none among its sources`);
  }
  return mirror;
}

async function readCodename(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  if (codename === undefined) {
    throw new Error('read /etc/os-release: no VERSION_CODENAME; this test needs Debian or Ubuntu');
  }
  return codename;
}

/** Node.js in /usr/local/bin, as if it had been unpacked there. */
async function installNode(root: string, folder: string): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', 'install', '--prefix', folder, ...quiet, ...NODE_PACKAGES);
  const modules = join(folder, 'node_modules');
  const node = join(modules, `node-linux-${process.arch}`, 'bin/node');
  await cp(node, join(root, 'usr/local/bin/node'));
  await mkdir(join(root, 'usr/local/lib/node_modules'), { recursive: true });
  await cp(join(modules, 'npm'), join(root, 'usr/local/lib/node_modules/npm'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
}

/** Without what Debian has of Node.js. The folder; nothing in it may be changed. */
export async function prepareDebianRoot(): Promise<string> {
  const codename = await readCodename();
  return await prepare(`systemd-${codename}-${process.arch}-node20`, async (folder, root) => {
    await debootstrap(codename, await findMirror(codename), root, PACKAGES);
    await installNode(root, join(folder, 'node'));
  });
}

/** With Debian's Node.js. The folder; nothing in it may be changed. */
export async function prepareDebian13Root(): Promise<string> {
  return await prepare(`systemd-${OWN_NODE_SUITE}-${process.arch}`, async (_, root) => {
    // One mirror has all releases.
    const mirror = await findMirror(await readCodename());
    await debootstrap(OWN_NODE_SUITE, mirror, root, [...PACKAGES, 'nodejs', 'procps']);
  });
}

async function debootstrap(
  suite: string,
  mirror: string,
  root: string,
  packages: readonly string[],
): Promise<void> {
  await run(
    'debootstrap',
    '--variant=minbase',
    `--include=${packages.join(',')}`,
    suite,
    root,
    mirror,
  );
}

async function prepare(
  name: string,
  make: (folder: string, root: string) => Promise<void>,
): Promise<string> {
  const finished = join(CACHE_FOLDER, name);
  if (existsSync(finished)) {
    return finished;
  }
  await mkdir(CACHE_FOLDER, { recursive: true });
  const folder = await mkdtemp(join(CACHE_FOLDER, 'unfinished-'));
  try {
    const root = join(folder, 'root');
    await make(folder, root);
    await rename(root, finished);
    return finished;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
