// SPDX-License-Identifier: Apache-2.0
// From names, paths and globs to the network namespaces that are there now.
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorMessage, SystemError } from '../errors.ts';
import { isGlob, picomatch } from './globs.ts';
import {
  NamespaceLostError,
  netNamespacePath,
  readNetNamespaceIdentity,
  withinNamespace,
} from './net-namespace.ts';

interface Place {
  /** What the user calls it: the name, or the path where it was selected by one. */
  readonly label: string;
  /** The file of the namespace, for `withinNamespace`. */
  readonly path: string;
}

/** A namespace that can be entered. */
interface PresentNamespace extends Place {
  /** See `readNetNamespaceIdentity`: one that was deleted and made anew under its name has another. */
  readonly identity: string;
  /** Whether it is the namespace of the calling thread. */
  readonly isOwn: boolean;
}

/** A namespace that was named, and that cannot be entered now. */
interface AbsentNamespace extends Place {
  readonly identity: undefined;
  readonly isOwn: false;
  /** Why, as a whole message. */
  readonly reason: string;
}

/** One namespace as it is at the moment of a look. */
export type NamespaceView = PresentNamespace | AbsentNamespace;

/** What a list of patterns leads to. */
export interface FoundNamespaces {
  /** Each namespace once, in the order of the patterns, those of a glob by name. */
  readonly namespaces: readonly NamespaceView[];
  /** Globs that match no file. */
  readonly unmatched: readonly string[];
}

/**
 * Looks up patterns: a name of ip-netns(8), a path, which has a slash, or a glob of names. A glob may also be the
 * last part of a path. A namespace that several patterns lead to is there once, by the first. What is named and not
 * there, or is no network namespace, or may not be entered, is an AbsentNamespace with the reason. Each look enters
 * every namespace. Throws only NamespaceLostError, which is fatal, and where the own namespace cannot be read.
 */
export function findNamespaces(patterns: readonly string[]): FoundNamespaces {
  const own = readNetNamespaceIdentity();
  const namespaces = new Map<string, NamespaceView>();
  const unmatched: string[] = [];
  for (const pattern of patterns) {
    const places = placesOf(pattern);
    if (places.length === 0) {
      unmatched.push(pattern);
    }
    for (const place of places) {
      const view = lookAt(place, own);
      const key = view.identity ?? view.path;
      if (!namespaces.has(key)) {
        namespaces.set(key, view);
      }
    }
  }
  return { namespaces: [...namespaces.values()], unmatched };
}

function placesOf(pattern: string): Place[] {
  const path = netNamespacePath(pattern);
  const isPath = pattern.includes('/');
  const name = basename(pattern);
  if (!isGlob(name)) {
    return [{ label: pattern, path }];
  }
  const folder = dirname(path);
  const isMatch = picomatch()(name, { dot: true });
  // A name may look like a glob; the pattern matches the very name that it spells, too.
  const names = readFolder(folder).filter((candidate) => candidate === name || isMatch(candidate));
  return names.toSorted().map((found) => {
    const foundPath = join(folder, found);
    return { label: isPath ? foundPath : found, path: foundPath };
  });
}

/** Where there is no folder there is no namespace yet: ip-netns(8) makes it with the first. */
function readFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function lookAt(place: Place, own: string): NamespaceView {
  try {
    const identity = withinNamespace(place.path, readNetNamespaceIdentity);
    return { ...place, identity, isOwn: identity === own };
  } catch (error) {
    if (error instanceof NamespaceLostError) {
      throw error;
    }
    const isMissing = error instanceof SystemError && error.code === 'ENOENT';
    const reason = isMissing
      ? `find network namespace "${place.label}": there is none now`
      : errorMessage(error);
    return { ...place, identity: undefined, isOwn: false, reason };
  }
}
