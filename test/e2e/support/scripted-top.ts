// SPDX-License-Identifier: Apache-2.0
// The screen of `top` over the scene of the unit tests: as a program, so that a real terminal shows it.
import { setTimeout as sleep } from 'node:timers/promises';
import { showLive } from '../../../src/cli/top/live.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { sceneAt } from '../../unit/cli/top/scene.ts';

const stop = new AbortController();
const cpuCount = Number(process.argv[2]);

/** Three quarters of a minute at once, then nothing more. */
async function* scene(): AsyncGenerator<Snapshot> {
  for (let second = 0; second <= 45; second++) {
    yield sceneAt(second, { cpuCount });
  }
  await sleep(60_000, undefined, { signal: stop.signal }).catch(() => {});
}

await showLive(scene(), { input: process.stdin, output: process.stdout }, () => stop.abort());
process.exit(0);
