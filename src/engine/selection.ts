// SPDX-License-Identifier: Apache-2.0
// Names and globs to devices, by what is there now.
import { distance } from 'fastest-levenshtein';
import picomatch from 'picomatch';
import type { DeviceSelection } from './messages.ts';

export interface Selected {
  /** Devices to attach to: those named, whether they are there or not, and those there that match. */
  readonly names: readonly string[];
  /** Globs and routes that lead to no device now. */
  readonly unmatched: readonly string[];
}

export function isGlob(pattern: string): boolean {
  return picomatch.scan(pattern).isGlob;
}

export function selectDevices(
  selection: DeviceSelection,
  present: readonly string[],
  defaultRouteDevice: () => string | undefined,
): Selected {
  const names = new Set<string>();
  const unmatched: string[] = [];
  const isExcluded = picomatch([...selection.exclude]);
  for (const pattern of selection.include) {
    const isMatch = picomatch(pattern);
    const candidates = isGlob(pattern) ? present.filter((name) => isMatch(name)) : [pattern];
    const wanted = candidates.filter((name) => !isExcluded(name));
    for (const name of wanted) {
      names.add(name);
    }
    if (wanted.length === 0) {
      unmatched.push(`no device matches "${pattern}"`);
    }
  }
  if (selection.defaultRoute) {
    const device = defaultRouteDevice();
    if (device === undefined) {
      unmatched.push('no default route leads to a device');
    } else if (!isExcluded(device)) {
      names.add(device);
    }
  }
  return { names: [...names], unmatched };
}

/** What to tell of a device that is not there, with the nearest one that is. */
export function absenceReason(name: string, present: readonly string[]): string {
  const nearest = present
    .map((candidate) => ({ candidate, edits: distance(name, candidate) }))
    .filter(({ edits }) => edits <= Math.max(2, name.length / 2))
    .sort((a, b) => a.edits - b.edits)[0]?.candidate;
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return `find device "${name}": no such device${hint}`;
}
