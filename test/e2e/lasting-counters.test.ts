// SPDX-License-Identifier: Apache-2.0
// What is counted of a device lasts as long as the process, however the device, its name, its route or its namespace
// comes and goes; and nothing of that leaks.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type GeneratorProcess, startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { run, until } from './support/namespace.ts';

/** How often each thing goes and comes; at least 2. */
const ROUNDS = Number(process.env['XDP_TEST_ROUNDS'] ?? 3);
const COUNTER = /_(total|count|sum|bucket)\b/;
/** Counters of the exporter's own process are of no interest here. */
const OURS = /^xdp_/;

describe('counters', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let load: GeneratorProcess;
  let exporter: ExporterProcess | undefined;
  let last: Samples;

  beforeEach(async () => {
    lab = await createLab({ name: 'lasting' });
    last = new Map();
  });
  afterEach(async () => {
    await load?.stop();
    await exporter?.close();
    exporter = undefined;
    await lab.close();
  });

  const ip = (...args: string[]) => run('ip', '-n', lab.rx.netns, ...args);

  async function start(...args: string[]): Promise<void> {
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, ...args]);
    load = startGenerator({ ...lab.tx, durationSeconds: 120, rate: 20_000, cpu: 0 });
    await scrape();
  }

  /** Every counter that was ever there is there, and has not gone back. */
  async function scrape(): Promise<Samples> {
    const samples = (await exporter?.scrape()) ?? new Map<string, number>();
    for (const [series, value] of last) {
      if (OURS.test(series) && COUNTER.test(series) && !series.startsWith('xdp_source_')) {
        const now = samples.get(series);
        assert.ok(now !== undefined, `${series} has gone`);
        assert.ok(now >= value, `${series} went from ${value} to ${now}`);
      }
    }
    last = samples;
    return samples;
  }

  const upOf = async (device: string) => sumOf(await scrape(), 'xdp_device_up', { device });
  const packetsOf = async (device: string) =>
    sumOf(await scrape(), 'xdp_packets_total', { device });

  async function isCounting(device: string): Promise<void> {
    await until(`${device} is up`, async () => (await upOf(device)) === 1);
    const before = await packetsOf(device);
    await until(`${device} counts`, async () => (await packetsOf(device)) > before);
  }

  /** @param away leads the device away, and `back` back */
  async function repeat(
    device: string,
    away: () => Promise<unknown>,
    back: () => Promise<unknown>,
    countsIn = device,
  ): Promise<void> {
    await isCounting(device);
    await away();
    await until(`${device} is not up`, async () => (await upOf(device)) === 0);
    await back();
    await isCounting(countsIn);
    const before = heldBy(exporter?.pid ?? 0);
    for (let round = 1; round < ROUNDS; round++) {
      await away();
      await until(`${device} is not up`, async () => (await upOf(device)) === 0);
      await back();
      await isCounting(countsIn);
    }
    assert.deepEqual(heldBy(exporter?.pid ?? 0), before);
  }

  test('last while a glob stops to match and matches again', async () => {
    await start('--device', 'demo*');
    await repeat(
      'demo0',
      () => ip('link', 'set', 'demo0', 'name', 'other0'),
      () => ip('link', 'set', 'other0', 'name', 'demo0'),
    );
  });

  test('last while a device is renamed away and back, by its name', async () => {
    await start('--device', 'demo0', '--device', 'away0');
    await repeat(
      'demo0',
      () => ip('link', 'set', 'demo0', 'name', 'away0'),
      () => ip('link', 'set', 'away0', 'name', 'demo0'),
    );
    assert.ok((await packetsOf('away0')) > 0);
  });

  test('last while the default route moves away and back', async () => {
    await ip('link', 'add', 'x0', 'type', 'veth', 'peer', 'name', 'x1');
    for (const device of ['x0', 'x1']) {
      await ip('link', 'set', device, 'up');
    }
    const route = (device: string) => () => ip('route', 'replace', 'default', 'dev', device);
    await route('demo0')();
    await start('--device-default-route');
    await repeat('demo0', route('x0'), route('demo0'));
    assert.ok((await scrape()).has('xdp_packets_total{device="x0",action="pass"}'));
  });

  test('last while a device is removed and made again', async () => {
    const make = async () => {
      await ip('link', 'add', 'p0', 'type', 'veth', 'peer', 'name', 'p1');
      await ip('link', 'set', 'p1', 'up');
      await ip('link', 'set', 'p0', 'up');
    };
    await make();
    await start('--device', 'p0', '--device', 'demo0');
    const send = async () => {
      const from = { netns: lab.rx.netns, device: 'p1' };
      return (await startGenerator({ ...from, frames: 100, cpu: 1 }).done).sent;
    };
    await until('p0 is up', async () => (await upOf('p0')) === 1);
    let sent = await send();
    const held: unknown[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await ip('link', 'del', 'p0');
      await until('p0 is down', async () => (await upOf('p0')) === 0);
      await make();
      await until('p0 is up', async () => (await upOf('p0')) === 1);
      sent += await send();
      await until(`${sent} are counted`, async () => (await packetsOf('p0')) >= sent);
      held.push(heldBy(exporter?.pid ?? 0));
    }
    assert.deepEqual(held.at(-1), held[0]);
  });

  test('last while a namespace is deleted and made again, and the dead one is let go', async () => {
    const netns = `xdp-lasting-${process.pid}-x`;
    const inside = (...args: string[]) => run('ip', '-n', netns, ...args);
    const make = async () => {
      await run('ip', 'netns', 'add', netns);
      await ip('link', 'add', 'far0', 'type', 'veth', 'peer', 'name', 'in0', 'netns', netns);
      await inside('link', 'set', 'in0', 'up');
      await ip('link', 'set', 'far0', 'up');
    };
    const hasFar = async () => (await ip('-o', 'link', 'show')).includes('far0');
    try {
      exporter = await ExporterProcess.start(
        ['--netns', lab.rx.netns, '--netns', netns].concat('--device', 'in0', '--device', 'demo0'),
      );
      load = startGenerator({ ...lab.tx, durationSeconds: 120, rate: 20_000, cpu: 0 });
      const up = async () => sumOf(await scrape(), 'xdp_device_up', { device: 'in0', netns });
      const reason = async () =>
        [...(await scrape()).keys()].find(
          (series) =>
            series.startsWith('xdp_device_down_info') && series.includes(`netns="${netns}"`),
        );
      assert.match((await reason()) ?? '', /reason="no_namespace"/);
      let sent = 0;
      const held: unknown[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await make();
        await until('in0 is up', async () => (await up()) === 1);
        const from = { netns: lab.rx.netns, device: 'far0' };
        sent += (await startGenerator({ ...from, frames: 100, cpu: 1 }).done).sent;
        const counted = async () => sumOf(await scrape(), 'xdp_packets_total', { device: 'in0' });
        await until(`${sent} are counted`, async () => (await counted()) >= sent);
        await run('ip', 'netns', 'del', netns);
        await until('the dead namespace has gone with its devices', async () => !(await hasFar()));
        await until('in0 is down', async () => (await up()) === 0);
        assert.match((await reason()) ?? '', /reason="(no_namespace|absent)"/);
        held.push(heldBy(exporter.pid));
      }
      assert.deepEqual(held.at(-1), held[0]);
    } finally {
      await run('ip', 'netns', 'del', netns).catch(() => undefined);
    }
  });
});

/** How many descriptors a process holds, by what they are of. */
function heldBy(pid: number): Readonly<Record<string, number>> {
  const held: Record<string, number> = { map: 0, prog: 0, link: 0, all: 0 };
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    let info = '';
    try {
      info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    } catch {
      // A connection of a scrape that has ended meanwhile.
    }
    const kind = /^(map|prog|link)_id:/m.exec(info)?.[1];
    if (kind !== undefined) {
      held[kind] = (held[kind] ?? 0) + 1;
      held['all'] = (held['all'] ?? 0) + 1;
    }
  }
  return held;
}
