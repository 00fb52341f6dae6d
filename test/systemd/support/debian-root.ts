// SPDX-License-Identifier: Apache-2.0
// A Debian of this machine's own release with systemd, Node.js and npm in a folder; made once and kept.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Outside of the project, and cleaned by nobody: making it again takes a minute. */
export const CACHE_FOLDER = '/var/cache/xdp-exporter-test';

const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'libbpf1', 'iproute2', 'curl'];

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

/** The folder; nothing in it may be changed. */
export async function prepareDebianRoot(): Promise<string> {
  const codename = await readCodename();
  const finished = join(CACHE_FOLDER, `systemd-${codename}-${process.arch}-node20`);
  if (existsSync(finished)) {
    return finished;
  }
  await mkdir(CACHE_FOLDER, { recursive: true });
  const folder = await mkdtemp(join(CACHE_FOLDER, 'unfinished-'));
  try {
    const root = join(folder, 'root');
    const include = `--include=${PACKAGES.join(',')}`;
    const mirror = await findMirror(codename);
    await run('debootstrap', '--variant=minbase', include, codename, root, mirror);
    await installNode(root, join(folder, 'node'));
    await rename(root, finished);
    return finished;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
