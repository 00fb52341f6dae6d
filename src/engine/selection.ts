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
  const { isGlob: hasWildcard, negated } = picomatch.scan(pattern);
  return hasWildcard || negated;
}

/** picomatch would take "\\d" for a digit; here it is a backslash and a "d". */
const ESCAPED = /\\\W/;

/**
 * Every pattern matches the very name that it spells, also where it is a glob as well: a device may be called "*".
 * It still matches the others then, so that nobody hides a device by adding one.
 */
function matcherOf(pattern: string): (name: string) => boolean {
  if (isGlob(pattern) || ESCAPED.test(pattern)) {
    const isMatch = picomatch(pattern, { dot: true });
    return (name) => isMatch(name);
  }
  return (name) => name === pattern || isUnreadableName(name, pattern);
}

/** Node reads the bad bytes of an argument as U+FFFD: that means each device shown so, whatever its index. */
function isUnreadableName(name: string, pattern: string): boolean {
  return pattern.includes('\ufffd') && name.replace(/#\d+$/, '') === pattern;
}

function candidatesOf(pattern: string, present: readonly string[]): readonly string[] {
  const matches = present.filter(matcherOf(pattern));
  return matches.length > 0 || isGlob(pattern) ? matches : [pattern];
}

export function selectDevices(
  selection: DeviceSelection,
  present: readonly string[],
  defaultRouteDevice: () => string | undefined,
): Selected {
  const names = new Set<string>();
  const unmatched: string[] = [];
  const exclusions = selection.exclude.map(matcherOf);
  const isExcluded = (name: string) => exclusions.some((isMatch) => isMatch(name));
  for (const pattern of selection.include) {
    const wanted = candidatesOf(pattern, present).filter((name) => !isExcluded(name));
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
