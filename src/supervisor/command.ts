// SPDX-License-Identifier: Apache-2.0
// How the wire is called: where its files are found by a user who may see little, and Node's permission model.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_DEBUGGER } from '../node-flags.ts';

/** The wire's own module; a test gives another. */
export const WIRE_ENTRY = fileURLToPath(new URL('../wire/wire.js', import.meta.url));

/** That of the process that checks passwords. */
export const PASSWORDS_ENTRY = fileURLToPath(new URL('../passwords/passwords.js', import.meta.url));

export interface WireCommand {
  /** Where the process starts. */
  readonly cwd: string;
  /** For Node. */
  readonly args: readonly string[];
}

/** A package that the wire needs: where it is, all are. */
const NEEDED_PACKAGE = 'prom-client';

/** What prom-client reads of the process, and OpenTelemetry of the machine. All of /proc/self would lead to the root. */
const MACHINE_FILES = [
  '/proc/self/status',
  '/proc/self/stat',
  '/proc/self/limits',
  '/proc/self/fd',
  '/etc/machine-id',
];

/**
 * @param entry the module to run, somewhere below the package
 * @param isOtherUser it runs as a user to whom the way to the package may be closed
 */
export function wireCommand(entry: string, isOtherUser: boolean): WireCommand {
  const root = moduleRoot(entry);
  if (isOtherUser && !isOpenToAll(dirname(entry))) {
    // A home of mode 0700, say. The working directory is entered before the user changes, and leads past what is closed.
    const here = '/proc/self/cwd';
    return {
      cwd: root,
      args: [
        ...permissions([...MACHINE_FILES, ...codeOf(here)]),
        '--preserve-symlinks',
        '--preserve-symlinks-main',
        join(here, relative(root, entry)),
      ],
    };
  }
  const modules = join(root, 'node_modules');
  return {
    cwd: '/',
    args: [...permissions([...MACHINE_FILES, ...codeOf(root), ...realModules(modules)]), entry],
  };
}

function permissions(reads: readonly string[]): readonly string[] {
  const flags = process.allowedNodeEnvironmentFlags;
  return [
    flags.has('--permission') ? '--permission' : '--experimental-permission',
    // Where the permission model covers the network, that is what the wire is for.
    ...(flags.has('--allow-net') ? ['--allow-net'] : []),
    // Twice the same, or a path after one that it begins, ends Node 20 with a failed assertion.
    ...[...new Set(reads)].sort().map((path) => `--allow-fs-read=${path}`),
    ...NO_DEBUGGER,
    '--disable-warning=ExperimentalWarning',
  ];
}

/** The package may be one of the modules of another: then both are below that one. */
function codeOf(root: string): readonly string[] {
  return [`${root}/package.json`, `${root}/dist/*`, `${root}/node_modules/*`];
}

/** The folder that has both the entry and the packages below it. */
function moduleRoot(entry: string): string {
  for (let folder = dirname(entry); folder !== '/'; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', NEEDED_PACKAGE))) {
      return folder;
    }
  }
  return dirname(entry);
}

/** Where links lead to: of the folder, and of the store that some package managers link to. */
function realModules(modules: string): readonly string[] {
  if (!existsSync(modules)) {
    return [];
  }
  const own = realpathSync(modules);
  const [outer = own] = /^.*?\/node_modules(?=\/)/.exec(own) ?? [];
  return [...new Set([own, outer])].map((folder) => `${folder}/*`);
}

/** Whether anybody may pass to the folder, by the modes of all that is above it. */
function isOpenToAll(folder: string): boolean {
  const OTHERS_MAY_PASS = 0o1;
  for (let path = folder; path !== '/'; path = dirname(path)) {
    if ((statSync(path).mode & OTHERS_MAY_PASS) === 0) {
      return false;
    }
  }
  return true;
}
