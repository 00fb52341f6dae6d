// SPDX-License-Identifier: Apache-2.0
// Names and globs to devices, by what is there now.
import type { Device } from '../kernel/device.ts';
import { isGlob, picomatch } from '../kernel/globs.ts';
import { didYouMean } from '../nearest.ts';
import { REASONS } from '../reasons.ts';

/** Which devices are wanted; evaluated again at every look. */
export interface DeviceSelection {
  /** Names, alternative names, and globs of them as picomatch reads them. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Also every device of every default route. */
  readonly defaultRoute: boolean;
}

export interface Selected {
  /** The kernel's names of devices: those named, whether they are there or not, and those there that match. */
  readonly names: readonly string[];
  /** Globs and routes that lead to no device now. */
  readonly unmatched: readonly Unmatched[];
}

interface Unmatched {
  readonly cause: string;
  readonly remedy: string;
}

/** picomatch would take "\\d" for a digit; here it is a backslash and a "d". */
const ESCAPED = /\\\W/;

/**
 * Every pattern matches the very name that it spells, also where it is a glob as well: a device may be called "*".
 * It still matches the others then, so that nobody hides a device by adding one.
 */
function matcherOf(pattern: string): (name: string) => boolean {
  if (isGlob(pattern) || ESCAPED.test(pattern)) {
    const isMatch = picomatch()(pattern, { dot: true });
    return (name) => isMatch(name);
  }
  return (name) => name === pattern || isUnreadableName(name, pattern);
}

/** Node reads the bad bytes of an argument as U+FFFD: that means each device shown so, whatever its index. */
function isUnreadableName(name: string, pattern: string): boolean {
  return pattern.includes('\ufffd') && name.replace(/#\d+$/, '') === pattern;
}

/**
 * The kernel's name of the device that each alternative name last led to in a namespace. While such a device is away
 * nothing there tells whose name it was, and what is away must keep its own.
 */
export type LastNames = Map<string, string>;

/** The kernel's names of the devices that a pattern means: a device answers to its alternative names as well. */
function candidatesOf(
  pattern: string,
  present: readonly Device[],
  lastNames: LastNames,
): readonly string[] {
  const isMatch = matcherOf(pattern);
  const matches = present.filter((device) => namesOf(device).some(isMatch));
  const names = matches.map(({ name }) => name);
  if (isGlob(pattern)) {
    return names;
  }
  const [only] = names;
  if (only === undefined) {
    return [nameOfMissing(pattern, present, lastNames)];
  }
  if (only !== pattern && names.length === 1) {
    lastNames.set(pattern, only);
  }
  return names;
}

/** A device that is there and has lost the alternative name is not meant by it any more. */
function nameOfMissing(pattern: string, present: readonly Device[], lastNames: LastNames): string {
  const last = lastNames.get(pattern);
  if (last !== undefined && present.some(({ name }) => name === last)) {
    lastNames.delete(pattern);
    return pattern;
  }
  return last ?? pattern;
}

/** Whether a device is called so, or is one of those that a glob means. */
export function matchesDevice(pattern: string, device: Device): boolean {
  return namesOf(device).some(matcherOf(pattern));
}

function namesOf({ name, altNames }: Device): readonly string[] {
  return [name, ...altNames];
}

/**
 * The devices of one namespace that are wanted.
 * @param present none where the namespace is not there
 * @param defaultRoutes indexes of devices; asked only where the selection wants them
 * @param lastNames of this namespace, kept from look to look
 */
export function selectDevices(
  selection: DeviceSelection,
  present: readonly Device[],
  defaultRoutes: () => readonly number[],
  lastNames: LastNames = new Map(),
): Selected {
  const names = new Set<string>();
  const unmatched: Unmatched[] = [];
  const exclusions = selection.exclude.map(matcherOf);
  const byName = new Map(present.map((device) => [device.name, device]));
  const isExcluded = (name: string) => {
    const device = byName.get(name);
    const all = device === undefined ? [name] : namesOf(device);
    return exclusions.some((isMatch) => all.some(isMatch));
  };
  for (const pattern of selection.include) {
    const wanted = candidatesOf(pattern, present, lastNames).filter((name) => !isExcluded(name));
    for (const name of wanted) {
      names.add(name);
    }
    if (wanted.length === 0) {
      const { remedy } = REASONS.absent;
      unmatched.push({ cause: `no device matches "${pattern}"`, remedy });
    }
  }
  if (selection.defaultRoute) {
    const indexes = new Set(defaultRoutes());
    const devices = present.filter(({ ifindex }) => indexes.has(ifindex));
    for (const { name } of devices.filter((device) => !isExcluded(device.name))) {
      names.add(name);
    }
    if (devices.length === 0) {
      unmatched.push({
        cause: 'no default route leads to a device',
        remedy: 'name the devices to count',
      });
    }
  }
  return { names: [...names], unmatched };
}

/** What to tell of a device that is not there, with the nearest one that is. */
export function absenceReason(name: string, present: readonly string[]): string {
  const { cause, remedy } = REASONS.absent;
  return `find device "${name}": ${cause}${didYouMean(name, present) || `; ${remedy}`}`;
}
