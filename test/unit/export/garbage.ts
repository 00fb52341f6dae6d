// SPDX-License-Identifier: Apache-2.0
// Garbage collection on demand, without a flag on Node's command line.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects all that can be, at once. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
