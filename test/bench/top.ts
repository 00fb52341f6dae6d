// SPDX-License-Identifier: Apache-2.0
// What `top` takes of a CPU while it shows a million packets a second on a large screen: by itself, and beside an exporter.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { DEMO_MIX } from '../../src/demo/mix.ts';
import { ExporterProcess, MAIN } from '../e2e/support/exporter-process.ts';
import { Tmux } from '../e2e/support/tmux.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import type { Result } from './result.ts';

const RATE = 1_000_000;
const SECONDS = 10;
/** What V8 takes to compile is the start's, not the screen's. */
const WARM_UP_SECONDS = 5;

export async function benchTop(): Promise<Result[]> {
  const lab = await createLab({ name: 'top' });
  const folder = mkdtempSync(join(tmpdir(), 'xdp-bench-'));
  const socket = join(folder, 'control.sock');
  try {
    const nobody = join(folder, 'none.sock');
    const alone = await measure(lab, nobody);
    const every = await measure(lab, nobody, '--logger.sample', '1');
    const args = ['--netns', lab.rx.netns, lab.rx.device, '--control.socket', socket];
    const exporter = await ExporterProcess.start(args);
    const joined = await measure(lab, socket).finally(() => exporter.close());
    return [
      {
        name: `CPU of top at 1 s without an exporter, at 1 Mpps, ${alone.read} % of the records read`,
        unit: '% of a core',
        value: alone.percent,
        baseline: { name: `${every.read} % read`, value: every.percent },
        gate: 5,
        aim: 4,
      },
      {
        name: 'CPU of top at 1 s beside an exporter at 1 Mpps',
        unit: '% of a core',
        value: joined.percent,
        baseline: { name: 'without one', value: alone.percent },
        gate: 5,
        aim: 2,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
    await lab.close();
  }
}

interface Run {
  /** Of a core. */
  readonly percent: number;
  /** Percent of the packets whose record was read, as the screen says at the end: less where the machine is busy. */
  readonly read: number;
}

async function measure({ tx, rx }: Lab, socket: string, ...options: string[]): Promise<Run> {
  const args = ['top', rx.device, '--netns', rx.netns, '--control.socket', socket, ...options];
  const tmux = await Tmux.start([process.execPath, MAIN, ...args], { columns: 200, rows: 50 });
  try {
    await tmux.waitFor(/every 1 s/);
    const load = startGenerator({
      ...tx,
      rate: RATE,
      durationSeconds: WARM_UP_SECONDS + SECONDS + 5,
      cpu: 0,
      mix: DEMO_MIX,
    });
    try {
      await tmux.waitFor(/pass 100\.0%/);
      await sleep(1000 * WARM_UP_SECONDS);
      const pid = await tmux.pid();
      const [cpuBefore, before] = [cpuSeconds(pid), performance.now()];
      await sleep(1000 * SECONDS);
      const percent = (1e5 * (cpuSeconds(pid) - cpuBefore)) / (performance.now() - before);
      const [, read] = /RECORDS read ([\d.]+)%/.exec(await tmux.screen()) ?? [];
      return { percent, read: Number(read) };
    } finally {
      await load.stop();
    }
  } finally {
    await tmux.close();
  }
}
