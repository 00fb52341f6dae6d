// SPDX-License-Identifier: Apache-2.0
// ffi-rs, loaded on first use: what it or a library lacks is then one line with the remedy.
import { createRequire } from 'node:module';
import { errorMessage, RequirementError } from '../errors.ts';

type Addon = typeof import('ffi-rs');

/** What the dynamic linker may miss, and the packages of Debian and Fedora that hold it. */
const PACKAGES: Readonly<Record<string, string>> = {
  'libbpf.so.1': 'install libbpf 1.x (Debian and Ubuntu: libbpf1; Fedora: libbpf)',
  'libelf.so.1': 'install libelf (Debian: libelf1; Ubuntu: libelf1t64; Fedora: elfutils-libelf)',
  'libz.so.1': 'install zlib (Debian and Ubuntu: zlib1g; Fedora: zlib-ng-compat)',
  'librt.so.1': 'install all of glibc (Debian and Ubuntu: libc6; Fedora: glibc)',
  'libgcc_s.so.1': 'install libgcc (Debian and Ubuntu: libgcc-s1; Fedora: libgcc)',
  'libc.so.6': 'run it on a system with glibc',
};

let addon: Addon | undefined;

/** @throws RequirementError where the addon or a library that it wants is missing */
export function ffi(): Addon {
  addon ??= loadAddon();
  return addon;
}

function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  let loaded: Addon;
  try {
    loaded = require('ffi-rs') as Addon;
  } catch (cause) {
    throw loadFailure('ffi-rs', cause);
  }
  keepMapped(loaded, Object.keys(require.cache));
  return loaded;
}

/**
 * Node unloads an addon with the last thread that used it, and the code of ffi-rs is then missing when that
 * thread's own destructors run: the process dies of SIGSEGV. A second handle on the addon keeps it mapped.
 */
function keepMapped({ open }: Addon, files: readonly string[]): void {
  const path = files.find((file) => file.endsWith('.node') && file.includes('ffi-rs'));
  if (path !== undefined) {
    open({ library: 'ffi-rs', path });
  }
}

/**
 * Why a library could not be loaded, with the package that holds what is missing.
 *
 * @param name of a shared library, or of the addon
 */
export function loadFailure(name: string, cause: unknown): RequirementError {
  // Node adds the modules that asked for one, a line each.
  const [reason = ''] = errorMessage(cause).split('\n');
  return new RequirementError(`load "${name}": ${reason}; ${remedy(name, reason)}`, { cause });
}

function remedy(name: string, reason: string): string {
  // What a library wants is named in front of the library itself.
  const missing = Object.keys(PACKAGES).find((library) => reason.includes(library)) ?? name;
  if (/version `?GLIBC/.test(reason)) {
    return 'run it on a system with a newer glibc';
  }
  return (
    PACKAGES[missing] ??
    'reinstall xdp-exporter, with its optional dependencies (npm install --include=optional)'
  );
}
