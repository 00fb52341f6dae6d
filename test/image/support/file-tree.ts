// SPDX-License-Identifier: Apache-2.0
// Every file of an image, as far as its safety depends on them.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Entry {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly kind: 'folder' | 'file' | 'link' | 'other';
}

export const WRITABLE_BY_OTHERS = 0o022;
export const SET_ID = 0o6000;
export const EXECUTABLE = 0o111;

/** By path from the root, which is a folder of this machine where the image is mounted. */
export function readTree(root: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const folders = ['/'];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of readdirSync(join(root, folder))) {
      const path = join(folder, name);
      const entry = readEntry(join(root, path));
      entries.set(path, entry);
      if (entry.kind === 'folder') {
        folders.push(path);
      }
    }
  }
  return entries;
}

function readEntry(path: string): Entry {
  const stat = lstatSync(path);
  const { uid, gid, mode } = stat;
  if (stat.isDirectory()) {
    return { uid, gid, mode, kind: 'folder' };
  }
  if (stat.isSymbolicLink()) {
    return { uid, gid, mode, kind: 'link' };
  }
  return { uid, gid, mode, kind: stat.isFile() ? 'file' : 'other' };
}

/** What a shell finds on the path that images have. */
export function commandsOf(tree: ReadonlyMap<string, Entry>): string[] {
  return [...tree]
    .filter(([path, { kind, mode }]) => {
      const isRunnable = kind === 'link' || (kind === 'file' && (mode & EXECUTABLE) !== 0);
      return isRunnable && /^(\/usr(\/local)?)?\/s?bin\/[^/]+$/.test(path);
    })
    .map(([path]) => path);
}
