// SPDX-License-Identifier: Apache-2.0
// Plays the flood of the demo and looks at it as a reader would: metrics, top, log, and metrics again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DemoProcess } from '../demo-process.ts';
import { MAIN } from '../exporter-process.ts';
import { until } from '../namespace.ts';
import { Tmux } from '../tmux.ts';
import type { Frame } from './draw.ts';
import { Film } from './film.ts';

export const SIZE = { columns: 116, rows: 30 } as const;

/** The flood comes after a quarter of them, and ends after three. */
const DEMO_SECONDS = '60';

/** For what takes a moment on a machine that has little else to do. */
const PATIENCE_SECONDS = 30;

export interface Recording {
  readonly frames: readonly Frame[];
  /** Index of the last frame of `top` in the flood. */
  readonly still: number;
}

/**
 * @param address where the demo serves
 * @param floodSeconds how long `top` shows the flood
 */
export async function recordFlood(address: string, floodSeconds: number): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-'));
  const command = join(folder, 'xdp-exporter');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, { mode: 0o755 });
  const env = {
    XDP_EXPORTER_CONTROL_SOCKET: join(folder, 's'),
    PATH: `${folder}:${process.env['PATH']}`,
  };
  try {
    const flags = ['--scenario', 'flood', '--duration', DEMO_SECONDS];
    const demo = await DemoProcess.start(flags, { address, env });
    try {
      const tmux = await Tmux.start(['env', `PATH=${env.PATH}`, 'sh', '-i'], { ...SIZE, env });
      try {
        return await play(demo, tmux, floodSeconds);
      } finally {
        await tmux.close();
      }
    } finally {
      await demo.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function play(demo: DemoProcess, tmux: Tmux, floodSeconds: number): Promise<Recording> {
  await tmux.waitFor(/^\$/m);
  await until('the story begins', () => /^0:00 /m.test(demo.lines.join('\n')));
  await sleep(2000);
  const film = new Film(tmux);
  let still: number;
  try {
    still = await look(demo, tmux, film, floodSeconds);
  } catch (error) {
    await film.end();
    throw error;
  }
  return { frames: await film.end(), still };
}

/**
 * Types everything.
 * @param floodSeconds how long `top` shows the flood
 * @returns the index of its last frame
 */
async function look(
  demo: DemoProcess,
  tmux: Tmux,
  film: Film,
  floodSeconds: number,
): Promise<number> {
  const scrape = `curl -s ${demo.url} | grep ^xdp_packets_total`;
  const device = `--netns ${demo.netns} demo0`;
  await type(tmux, scrape);
  await tmux.waitFor(/action="redirect"\} \d+$/m, PATIENCE_SECONDS);
  await sleep(1500);
  await type(tmux, `xdp-exporter top ${device}`);
  await tmux.waitFor(/^▸ demo0 /m, PATIENCE_SECONDS);
  await until('the flood begins', () => demo.happens(1), 60);
  await sleep(1000 * floodSeconds);
  const last = film.length - 1;
  await tmux.type('q');
  await until(
    'top has ended',
    async () => !(await tmux.screen()).includes('q quit'),
    PATIENCE_SECONDS,
  );
  await type(tmux, `xdp-exporter log ${device} --count 8 udp port 53`);
  await tmux.waitFor(/printed=8/, PATIENCE_SECONDS);
  await sleep(2500);
  await type(tmux, scrape);
  await sleep(3500);
  return last;
}

/** As a person would: the line is there for a moment before it is done. */
async function type(tmux: Tmux, line: string): Promise<void> {
  await tmux.type('-l', line);
  await sleep(1000);
  await tmux.type('Enter');
}
