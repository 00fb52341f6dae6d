// SPDX-License-Identifier: Apache-2.0
// The wall clock is set an hour forward and two back: rates, times and retries stay right.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, MAIN } from './support/exporter-process.ts';
import { createOpenLab } from './support/lab.ts';
import { run, until } from './support/namespace.ts';
import { SettableClock } from './support/settable-clock.ts';

const FOREIGN = join(fileURLToPath(new URL('../bpf/', import.meta.url)), 'empty.bpf.o');
const HOUR = 3600;
const STEPS = [HOUR, -2 * HOUR, HOUR];

describe('a wall clock that is set', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let clock: SettableClock;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    clock = new SettableClock();
    lab = await createOpenLab('clock');
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }
    child = undefined;
    await lab.close();
    clock.close();
  });

  const onLab = () => ['--netns', lab.rx.netns, '--device', lab.rx.device];

  /** Its standard output line by line, as JSON, and when each line came by the clock that was set. */
  async function startPrinting(args: string[], start: Start = {}): Promise<Printed[]> {
    const { wrapper = [], env = clock.env } = start;
    const printed: Printed[] = [];
    const words = [...wrapper, process.execPath, MAIN, ...args, ...onLab(), '-o', 'json'];
    const spawned = spawn(words[0] ?? '', words.slice(1), {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = spawned;
    createInterface({ input: spawned.stdout }).on('line', (line) => {
      printed.push({ object: JSON.parse(line), atMs: clock.now() });
    });
    const { netns, device } = lab.rx;
    await until('it is attached', async () =>
      (await run('ip', '-n', netns, '-d', 'link', 'show', device)).includes('prog/xdp'),
    );
    return printed;
  }

  test('changes no rate that top prints', async () => {
    const rate = 20_000;
    const tables = await startPrinting(['top', '--interval', '0.5']);
    const load = startGenerator({ ...lab.tx, durationSeconds: 30, rate, cpu: 0 });
    try {
      const more = async (count: number) => {
        const enough = tables.length + count;
        await until(`${count} more tables`, () => tables.length >= enough, 20);
      };
      await more(4);
      const first = tables.length - 1;
      for (const step of STEPS) {
        clock.step(step);
        await more(3);
      }
      for (const { object } of tables.slice(first)) {
        const [{ total }] = object['devices'] as [{ total: { packetsPerSecond: number } }];
        const error = Math.abs(total.packetsPerSecond - rate) / rate;
        assert.ok(error < 0.5, `${total.packetsPerSecond} packets a second`);
      }
    } finally {
      await load.stop();
    }
  });

  test('shows within a second in the times that log prints', async () => {
    const packets = await startPrinting(['log']);
    const load = startGenerator({ ...lab.tx, durationSeconds: 30, rate: 200, cpu: 0 });
    try {
      await until('packets are printed', () => packets.length > 100, 20);
      for (const step of STEPS) {
        clock.step(step);
        const stepped = packets.length;
        await until('a second has passed', () => packets.length > stepped + 300, 20);
        for (const { object, atMs } of packets.slice(stepped + 200)) {
          const late = Math.abs(Date.parse(String(object['time'])) - atMs);
          assert.ok(late < 1000, `${object['time']} printed at ${new Date(atMs).toISOString()}`);
        }
      }
    } finally {
      await load.stop();
    }
  });

  for (const offset of [24 * HOUR, -1]) {
    test(`is right in log where a time namespace shifts the other clock by ${offset} s`, async () => {
      // Not in a child of unshare, which would not hand on a signal.
      const wrapper = ['unshare', '--time', `--monotonic=${offset}`];
      const packets = await startPrinting(['log', '--count', '50'], { wrapper, env: {} });
      const load = startGenerator({ ...lab.tx, durationSeconds: 30, rate: 200, cpu: 0 });
      try {
        await until('packets are printed', () => packets.length >= 50, 20);
      } finally {
        await load.stop();
      }
      for (const { object, atMs } of packets) {
        const late = Math.abs(Date.parse(String(object['time'])) - atMs);
        assert.ok(late < 1000, `${object['time']} printed at ${new Date(atMs).toISOString()}`);
      }
    });
  }

  for (const step of [-HOUR, HOUR]) {
    test(`delays no other try of an occupied device, set by ${step} s`, async () => {
      const { netns, device } = lab.rx;
      const ip = (...args: string[]) => run('ip', '-n', netns, ...args);
      await ip('link', 'set', 'dev', device, 'xdp', 'obj', FOREIGN, 'sec', 'xdp');
      const exporter = await ExporterProcess.start([...onLab(), '--mode', 'attach'], {
        env: clock.env,
      });
      try {
        const up = async () =>
          (await exporter.scrape()).get(`xdp_device_up{device="${device}"}`) === 1;
        assert.equal(await up(), false);
        clock.step(step);
        await ip('link', 'set', 'dev', device, 'xdp', 'off');
        // The first try is after 2 s, the next after 4 s more.
        await until('the device is up', up, 8);
        const tries = exporter.log.match(/occupied by program/g) ?? [];
        assert.equal(tries.length, 1, 'a reason is logged once');
      } finally {
        await exporter.close();
      }
    });
  }
});

interface Start {
  /** In front of node. */
  readonly wrapper?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

interface Printed {
  readonly object: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}
