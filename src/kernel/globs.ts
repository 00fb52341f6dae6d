// SPDX-License-Identifier: Apache-2.0
// Globs of names are read by picomatch, which is loaded only where a pattern may be one.
import { createRequire } from 'node:module';
import { failToLoad } from '../errors.ts';

/** Nothing in it means more than itself. */
const PLAIN = /^[\w.:@-]*$/;

const require = createRequire(import.meta.url);

export function picomatch(): typeof import('picomatch') {
  try {
    return require('picomatch');
  } catch (error) {
    return failToLoad(error);
  }
}

export function isGlob(pattern: string): boolean {
  if (PLAIN.test(pattern)) {
    return false;
  }
  const { isGlob: hasWildcard, negated } = picomatch().scan(pattern);
  return hasWildcard || negated;
}
