// SPDX-License-Identifier: Apache-2.0
// What `top` takes of a CPU while it shows a million packets a second on a large screen.
import { setTimeout as sleep } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { DEMO_MIX } from '../../src/demo/mix.ts';
import { MAIN } from '../e2e/support/exporter-process.ts';
import { Tmux } from '../e2e/support/tmux.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import type { Result } from './result.ts';

const RATE = 1_000_000;
const SECONDS = 10;

export async function benchTop(): Promise<Result[]> {
  const lab = await createLab({ name: 'top' });
  try {
    const screen = await measure(lab, 'off');
    const all = await measure(lab, 'on');
    return [
      {
        name: 'CPU of top at 1 s beside 1 Mpps, screen alone',
        unit: '% of a core',
        value: screen,
        baseline: { name: 'with every record read', value: all },
        gate: 5,
        aim: 2,
      },
    ];
  } finally {
    await lab.close();
  }
}

/** Without the logger it reads a snapshot each second and draws it, as it does where another process reads the records. */
async function measure({ tx, rx }: Lab, logger: 'on' | 'off'): Promise<number> {
  const args = ['top', rx.device, '--netns', rx.netns, '--logger', logger];
  const tmux = await Tmux.start([process.execPath, MAIN, ...args], { columns: 200, rows: 50 });
  try {
    await tmux.waitFor(/every 1 s/);
    const load = startGenerator({
      ...tx,
      rate: RATE,
      durationSeconds: SECONDS + 5,
      cpu: 0,
      mix: DEMO_MIX,
    });
    try {
      await tmux.waitFor(/pass 100\.0%/);
      const pid = await tmux.pid();
      const [cpuBefore, before] = [cpuSeconds(pid), performance.now()];
      await sleep(1000 * SECONDS);
      return (1e5 * (cpuSeconds(pid) - cpuBefore)) / (performance.now() - before);
    } finally {
      await load.stop();
    }
  } finally {
    await tmux.close();
  }
}
