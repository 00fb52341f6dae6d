// SPDX-License-Identifier: Apache-2.0
// What promtool says of an exposition in the text format.
import { spawnSync } from 'node:child_process';

/** Throws where promtool is not installed: the set-up of the tests brings it. */
export function checkWithPromtool(text: Buffer): { status: number | null; output: string } {
  const result = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (result.error !== undefined) {
    throw result.error;
  }
  return { status: result.status, output: result.stdout + result.stderr };
}
