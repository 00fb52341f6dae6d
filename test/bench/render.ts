// SPDX-License-Identifier: Apache-2.0
// How long it takes to write 20,000 series as text, and to compress that text.
import { once } from 'node:events';
import type { Result } from './result.ts';
import { forkAsWire } from './wire-fork.ts';

export async function benchRender(): Promise<Result[]> {
  const child = forkAsWire('render-process.js');
  try {
    const [results] = (await once(child, 'message')) as [Result[]];
    return results;
  } finally {
    child.kill();
  }
}
