// SPDX-License-Identifier: Apache-2.0
// Takes a pinned state out of the kernel: its programs off their devices, then every pin.
import { readdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { REMOVED, type StateDirectory } from './directory.ts';
import { PinnedLink } from './link.ts';
import { removePin } from './pin.ts';

/**
 * How many devices had a program. Whatever was being removed before is to be removed first. A removal that is cut short leaves a state that fits nobody, which the next start removes.
 * Throws a SystemError where the kernel refuses.
 */
export function removeState(directory: StateDirectory, state: string): number {
  const path = directory.pathOf(REMOVED);
  if (state !== REMOVED) {
    renameSync(directory.pathOf(state), path);
  }
  const links = PinnedLink.all(path);
  let detached = 0;
  for (const link of links.values()) {
    detached += Number(link.isAttached());
    link.close();
  }
  for (const name of readdirSync(path)) {
    removePin(join(path, name));
  }
  rmdirSync(path);
  return detached;
}

/** All of the directory's states, and the directory where nothing else is in it. */
export function removeStates(directory: StateDirectory): { states: number; detached: number } {
  let states = 0;
  let detached = 0;
  for (const state of directory.states()) {
    states++;
    detached += removeState(directory, state);
  }
  try {
    rmdirSync(directory.path);
  } catch {
    // It holds something of somebody else, or it is where the file system is mounted.
  }
  return { states, detached };
}
