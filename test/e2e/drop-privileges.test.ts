// SPDX-License-Identifier: Apache-2.0
// After --drop-privileges: no right in any thread, everything that is attached counts on to the packet, nothing else can be.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { scrapeInside } from './support/fetch-inside.ts';
import { createOpenLab } from './support/lab.ts';
import { run, until } from './support/namespace.ts';
import { assertWithoutRights, statusOf, wireOf } from './support/wire-pid.ts';

/** Packets a second, and how many of them in each part. */
const RATE = Number(process.env['XDP_TEST_RATE'] ?? 100_000);
const FRAMES = RATE;

/** BPF_PROG_TYPE_XDP in linux/bpf.h, as fdinfo has it. */
const XDP_PROGRAM = /^prog_type:\s*6$/m;

const NOBODY = Array(4).fill('65534').join('\t');

describe('--drop-privileges', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess | undefined;

  before(async () => {
    lab = await createOpenLab('drop');
    await run('ip', '-netns', lab.rx.netns, 'link', 'set', 'lo', 'up');
  });
  afterEach(async () => {
    await exporter?.close();
    exporter = undefined;
  });
  after(() => lab?.close());

  const inside = () => ['nsenter', `--net=/run/netns/${lab.rx.netns}`];
  const rxArgs = (...args: string[]) => ['--device', lab.rx.device, ...args];

  async function start(args: readonly string[], env = {}): Promise<ExporterProcess> {
    const attacker = new URL('./support/dropped.js', import.meta.url).href;
    const nodeFlags = ['--import', attacker];
    exporter = await ExporterProcess.start(args, { wrapper: inside(), nodeFlags, env });
    return exporter;
  }

  const scrape = (running: ExporterProcess): Promise<Samples> =>
    scrapeInside(lab.rx.netns, running.url);

  async function linkOf(
    device: string,
  ): Promise<{ ifindex: number; xdp?: { prog: { id: number } } }> {
    const [link] = JSON.parse(
      await run('ip', '-n', lab.rx.netns, '-j', '-d', 'link', 'show', device),
    );
    return link;
  }

  async function countExactly(running: ExporterProcess, before: number): Promise<number> {
    const { sent } = await startGenerator({ ...lab.tx, frames: FRAMES, rate: RATE }).done;
    assert.equal(sent, FRAMES);
    let samples: Samples = new Map();
    await until('every packet is counted', async () => {
      samples = await scrape(running);
      const counted = sumOf(samples, 'xdp_packets_total', { device: lab.rx.device });
      return counted >= before + sent && sumOf(samples, 'xdp_logger_pending_packets') === 0;
    });
    const decoded = sumOf(samples, 'xdp_logger_packets_total', { outcome: 'decoded' });
    const counted = sumOf(samples, 'xdp_packets_total', { device: lab.rx.device });
    assert.deepEqual({ counted, decoded }, { counted: before + sent, decoded: before + sent });
    return counted;
  }

  test('no thread has a right, all that is attached counts exactly, and SIGTERM detaches', async () => {
    const { rx } = lab;
    const unlimited = ['--logger.sample', '1', '--logger.max-events-per-second', '1000000000'];
    const running = await start(rxArgs('--device', 'later0', '--drop-privileges', ...unlimited));
    const { pid } = running;

    assertWithoutRights(pid);
    assert.deepEqual([...new Set(statusOf(pid, 'Uid'))], [NOBODY]);
    assert.deepEqual([...new Set(statusOf(pid, 'Gid'))], [NOBODY]);
    assert.deepEqual([...new Set(statusOf(pid, 'Groups'))], ['']);
    const infos = readdirSync(`/proc/${pid}/fdinfo`).map((fd) =>
      readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'),
    );
    assert.equal(infos.filter((info) => XDP_PROGRAM.test(info)).length, 0);
    assert.ok(infos.some((info) => /^link_type:\s*xdp$/m.test(info)));
    const said = running.log.split('\n').filter((line) => line.includes('dropped privileges'));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /are not counted, .*" user=nobody uid=65534/);

    const first = await scrape(running);
    assert.equal(sumOf(first, 'xdp_exporter_privileges_dropped'), 1);
    assert.equal(sumOf(first, 'xdp_exporter_wire_info', { isolation: 'user' }), 1);
    let counted = await countExactly(running, 0);

    // A wire that ends comes back as the same user.
    process.kill(wireOf(pid) ?? assert.fail('there is no wire'), 'SIGKILL');
    await until('the next wire serves', async () => {
      const samples = await scrape(running).catch(() => new Map());
      return sumOf(samples, 'xdp_exporter_wire_restarts_total') === 1;
    });
    const second = await scrape(running);
    assert.equal(sumOf(second, 'xdp_exporter_wire_info', { isolation: 'ambient' }), 1);
    assertWithoutRights(wireOf(pid) ?? assert.fail('there is no wire'));
    counted = await countExactly(running, counted);

    // One that comes now stays down, and says why, once.
    await run('ip', '-n', rx.netns, 'link', 'add', 'later0', 'type', 'veth');
    await until('the new device is seen', async () => {
      const labels = { device: 'later0', reason: 'privileges_dropped' };
      return sumOf(await scrape(running), 'xdp_device_down_info', labels) === 1;
    });
    await run('ip', '-n', rx.netns, 'link', 'del', 'later0');
    counted = await countExactly(running, counted);
    const refusals = running.log.split('\n').filter((line) => line.includes('msg="count device'));
    assert.equal(refusals.length, 1, running.log);
    assert.doesNotMatch(running.log, /EPERM/);

    assert.deepEqual(await running.kill('SIGTERM'), { code: 0, signal: null });
    assert.equal((await linkOf(rx.device)).xdp, undefined);
  });

  test('a program that is taken off stays off, and the reason says so', async () => {
    const running = await start(rxArgs('--drop-privileges=1234'));
    assert.deepEqual(
      [...new Set(statusOf(running.pid, 'Uid'))],
      [NOBODY.replaceAll('65534', '1234')],
    );
    const links = JSON.parse(await run('bpftool', '-j', 'link', 'list'));
    const { ifindex, xdp } = await linkOf(lab.rx.device);
    const own = links.find((link: { prog_id: number }) => link.prog_id === xdp?.prog.id);
    await run('bpftool', 'link', 'detach', 'id', String(own.id));
    await until('the loss is seen', async () => {
      const labels = { device: lab.rx.device, reason: 'privileges_dropped' };
      return sumOf(await scrape(running), 'xdp_device_down_info', labels) === 1;
    });
    assert.ok(ifindex > 0);
    assert.match(running.log, /detached by another process, and the exporter has dropped its priv/);
    assert.doesNotMatch(running.log, /attaches again|EPERM/);
  });

  async function attack(...args: string[]): Promise<Record<string, string>> {
    const targets = await Promise.all([lab.rx.device, 'lo'].map(linkOf));
    const running = await start(rxArgs(...args), {
      XDP_TEST_TARGETS: targets.map(({ ifindex }) => ifindex).join(' '),
    });
    process.kill(running.pid, 'SIGUSR2');
    let found: string | undefined;
    await until('the attempts are made', () => {
      found = /^attempts=(.*)$/m.exec(running.log)?.[1];
      return found !== undefined;
    });
    return JSON.parse(found ?? '{}');
  }

  test('from inside, nothing can be attached, injected, loaded, entered or become any more', async () => {
    const refused = {
      'open its own program': 'EPERM',
      'attach to another device': 'EPERM',
      'inject frames': 'EPERM',
      'load a program': 'EPERM',
      'create a map': 'EPERM',
      'enter another namespace': 'EACCES',
      'open the memory of another process': 'EACCES',
      'become root': 'EPERM',
      'become another user': 'EPERM',
    };
    const attempts = await attack('--drop-privileges');
    const withDescriptors = Object.entries(attempts).filter(([name]) =>
      name.includes('descriptor'),
    );
    assert.equal(withDescriptors.length, 3);
    for (const [name, outcome] of withDescriptors) {
      assert.match(outcome, /^E[A-Z]+$/, name);
    }
    assert.deepEqual(attempts, { ...refused, ...Object.fromEntries(withDescriptors) });
    assert.equal((await linkOf('lo')).xdp, undefined);
    const running = exporter ?? assert.fail('there is no exporter');
    assert.equal(sumOf(await scrape(running), 'xdp_device_up', { device: lab.rx.device }), 1);
    await running.close();

    // The same attempts are such that a process with its rights succeeds.
    const before = await attack();
    assert.deepEqual(
      Object.keys(refused).filter((name) => before[name] !== 'done'),
      [],
    );
  });
});
