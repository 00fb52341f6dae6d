// SPDX-License-Identifier: Apache-2.0
// The screen of `xdp-exporter top` in a real terminal: as pictures that are kept, and with real packets and keys.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type GeneratorProcess, startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { MAIN } from './support/exporter-process.ts';
import { createOpenLab } from './support/lab.ts';
import { run, until } from './support/namespace.ts';
import { Tmux, type TmuxOptions } from './support/tmux.ts';

const PICTURES = fileURLToPath(new URL('../../../test/e2e/pictures', import.meta.url));
const SCRIPTED = fileURLToPath(new URL('support/scripted-top.js', import.meta.url));

/** One of `top` in a terminal of that size, which is closed at the end. */
async function withTmux(
  command: readonly string[],
  options: TmuxOptions,
  work: (tmux: Tmux) => Promise<void>,
): Promise<void> {
  const tmux = await Tmux.start([process.execPath, ...command], options);
  try {
    await work(tmux);
  } finally {
    await tmux.close();
  }
}

describe('the screen of top, as it is kept', () => {
  for (const [columns, rows, cpus] of [
    [80, 24, 2],
    [80, 24, 256],
    [200, 50, 32],
    [200, 50, 256],
  ] as const) {
    test(`at ${columns}x${rows} with ${cpus} CPUs`, async () => {
      await withTmux([SCRIPTED, String(cpus)], { columns, rows }, async (tmux) => {
        const screen = `${await tmux.waitFor(/12:00:45Z/)}\n`;
        const file = join(PICTURES, `top-${columns}x${rows}-${cpus}-cpus.txt`);
        if (process.env['XDP_WRITE_PICTURES'] !== undefined) {
          writeFileSync(file, screen);
        }
        assert.equal(screen, readFileSync(file, 'utf8'));
      });
    });
  }

  test('follows the terminal to another size', async () => {
    await withTmux([SCRIPTED, '2'], { columns: 200, rows: 50 }, async (tmux) => {
      await tmux.waitFor(/12:00:45Z/);
      await tmux.resize(80, 24);
      const small = readFileSync(join(PICTURES, 'top-80x24-2-cpus.txt'), 'utf8');
      await until('the screen is small', async () => `${await tmux.screen()}\n` === small);
    });
  });

  test('has colours, and with NO_COLOR none', async () => {
    const size = { columns: 80, rows: 24 };
    await withTmux([SCRIPTED, '2'], size, async (tmux) => {
      await tmux.waitFor(/12:00:45Z/);
      assert.ok((await tmux.coloured()).includes('\u001b['));
    });
    await withTmux([SCRIPTED, '2'], { ...size, env: { NO_COLOR: '1' } }, async (tmux) => {
      await tmux.waitFor(/12:00:45Z/);
      assert.ok(!(await tmux.coloured()).includes('\u001b'));
    });
  });
});

describe('the screen of top, with real packets', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let load: GeneratorProcess;

  before(async () => {
    lab = await createOpenLab('screen');
    load = startGenerator({ ...lab.tx, durationSeconds: 120, rate: 20_000, cpu: 0 });
  });
  after(async () => {
    await load?.stop();
    await lab?.close();
  });

  const withTop = (work: (tmux: Tmux) => Promise<void>) => {
    const { netns, device } = lab.rx;
    const args = ['top', '--netns', netns, '--interval', '0.2', device, 'lo'];
    return withTmux([MAIN, ...args], { columns: 100, rows: 30 }, work);
  };

  test('shows rates and sources, does what keys say, and leaves the terminal and the device as they were', async () => {
    await withTop(async (tmux) => {
      await tmux.waitFor(/^▸ demo0 +native +(1\d|2\d)\.\dK +\S+ {2}pass 100\.0%/m);
      await tmux.waitFor(/^SOURCE[\s\S]*^\d+\.\d+\.\d+\.\d+ +\S+K/m);
      await tmux.type('u');
      await tmux.waitFor(/BYTES\/S/);
      await tmux.type('d');
      await tmux.waitFor(/^▸ lo /m);
      await tmux.type('Up', 's', 's');
      await tmux.waitFor(/sort: name/);
      await tmux.type('h');
      await tmux.waitFor(/q ctrl-c +Quit/);
      await tmux.type('?', 'p');
      const paused = await tmux.waitFor(/PAUSED/);
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(await tmux.screen(), paused);
      await tmux.type('Space');
      await until('it goes on', async () => !(await tmux.screen()).includes('PAUSED'));
      await tmux.type('q');
      // What was logged meanwhile is told at the end.
      assert.match(await tmux.waitFor(/ended 0/), /msg=attached device=demo0/);
      assert.ok(await tmux.isRestored());
    });
    const link = await run('ip', '-n', lab.rx.netns, '-d', 'link', 'show', lab.rx.device);
    assert.doesNotMatch(link, /prog\/xdp/);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`gives the terminal back at ${signal}`, async () => {
      await withTop(async (tmux) => {
        await tmux.waitFor(/^▸ demo0 /m);
        process.kill(await tmux.pid(), signal);
        await tmux.waitFor(/ended 0/);
        assert.ok(await tmux.isRestored());
      });
    });
  }

  test('ends at Ctrl-C, which the terminal hands on as a key', async () => {
    await withTop(async (tmux) => {
      await tmux.waitFor(/^▸ demo0 /m);
      await tmux.type('C-c');
      await tmux.waitFor(/ended 0/);
      assert.ok(await tmux.isRestored());
    });
  });
});
