// SPDX-License-Identifier: Apache-2.0
// --state.pin: what programs count while no exporter lives is in the totals of the next one, and unpin takes all of it away.
import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { copyOfDist } from './support/dist-copy.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';
import { scrapeInside } from './support/fetch-inside.ts';
import { run } from './support/namespace.ts';
import { atRest, outcomesOf } from './support/outcomes.ts';
import { bytesOf, createdOf, PinnedLab } from './support/pinned-lab.ts';
import { underProfile } from './support/seccomp-profile.ts';

const LENGTH = 100;

/** A ring of 256 records, all but one of which may wait. */
const SMALL_RING = ['--logger.ring-kib', '16'] as const;
const SMALL_RING_ROOM = 255;

describe('a pinned state', { skip: skipUnlessRoot }, () => {
  let lab: PinnedLab;
  let exporter: ExporterProcess | undefined;

  before(async () => {
    lab = await PinnedLab.create('pinned');
  });
  afterEach(async () => {
    await exporter?.close();
    exporter = undefined;
    await runMain(['unpin', lab.bpf.pins]);
    assert.equal(await lab.programId(), undefined);
  });
  after(() => lab?.close());

  async function send(frames: number, cpu?: number): Promise<number> {
    const mix = [{ family: 4, protocol: 'udp', length: LENGTH }] as const;
    const on = cpu === undefined ? {} : { cpu };
    return (await startGenerator({ ...lab.lab.tx, frames, mix, ...on }).done).sent;
  }

  async function start(...args: readonly string[]): Promise<ExporterProcess> {
    exporter = await lab.start(args);
    return exporter;
  }

  test('counts on between two lives, also where the first one was killed', async () => {
    const first = await start();
    assert.match(first.log, /msg="pinned a new state"/);
    let sent = await send(1000);
    await atRest(first, sent);
    const created = await createdOf(first);
    const program = await lab.programId();
    assert.deepEqual(await first.kill('SIGTERM'), { code: 0, signal: null });
    assert.equal(await lab.programId(), program, 'the program stays on the device');
    sent += await send(500);
    const second = await start();
    assert.match(second.log, /msg="adopted the pinned state" .*devices=1 programs=1/);
    sent += await send(250);
    const { decoded } = await atRest(second, sent);
    assert.equal(decoded, sent, 'records of the time between were read as well');
    await second.kill('SIGKILL');
    sent += await send(500);
    const third = await start();
    assert.equal((await atRest(third, sent)).decoded, sent);
    assert.equal(bytesOf(await third.scrape()), sent * LENGTH);
    assert.equal(await createdOf(third), created);
    assert.equal(await lab.programId(), program, 'the device was attached to once');
    // What the process counts by itself begins with it.
    assert.equal(sumOf(await third.scrape(), 'xdp_rx_queue_packets_total'), 500);
  });

  test('says how many records found no room while nobody read', async () => {
    const first = await start(...SMALL_RING);
    await first.kill('SIGTERM');
    const sent = await send(1000, 0);
    const second = await start(...SMALL_RING);
    const { decoded, ringFull } = await atRest(second, sent);
    assert.deepEqual({ decoded, ringFull }, { decoded: SMALL_RING_ROOM, ringFull: 745 });
  });

  test('lets go of a device that is no longer selected', async () => {
    await (await start()).kill('SIGTERM');
    assert.notEqual(await lab.programId(), undefined);
    const { netns } = lab.lab.rx;
    exporter = await ExporterProcess.start([
      '--netns',
      netns,
      '--device',
      'lo',
      '--state.pin',
      lab.bpf.pins,
    ]);
    assert.match(exporter.log, /msg="let go of a pinned program"/);
    assert.equal(await lab.programId(), undefined);
  });

  test('belongs to one exporter at a time', async () => {
    const first = await start();
    const second = await runMain(['run', ...lab.args, '--web.listen-address', ':0']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /another xdp-exporter uses it; stop that one/);
    const unpin = await runMain(['unpin', lab.bpf.pins]);
    assert.equal(unpin.code, 1);
    assert.match(unpin.stderr, /another xdp-exporter uses it/);
    assert.equal(outcomesOf(await first.scrape()).pending, 0);
  });

  test('of other BPF objects is removed, and counters start anew', async () => {
    const first = await start();
    await send(100);
    await first.kill('SIGTERM');
    const copy = copyOfDist();
    try {
      const object = join(copy.folder, 'object');
      for (const name of ['xdp_exporter.bpf.o', 'xdp_exporter_exchange.bpf.o']) {
        copyFileSync(copy.file(`bpf/${name}`), object);
        appendFileSync(object, '\0');
        copy.rebuild(name, object);
      }
      exporter = await lab.start([], { main: copy.main });
      assert.match(
        exporter.log,
        /msg="removed a pinned state that does not fit: counters start anew" .*detached=1/,
      );
      const sent = await send(10);
      await atRest(exporter, sent);
    } finally {
      copy.remove();
    }
  });

  test('that was cut short while it was made or removed is removed by the next start', async () => {
    await (await start()).kill('SIGTERM');
    const [whole = ''] = readdirSync(lab.bpf.pins);
    renameSync(join(lab.bpf.pins, whole), join(lab.bpf.pins, 'xdp-exporter-removed'));
    mkdirSync(join(lab.bpf.pins, 'xdp-exporter-unfinished'));
    const next = await start();
    assert.equal(next.log.match(/removed a pinned state that was cut short/g)?.length, 2);
    assert.deepEqual(readdirSync(lab.bpf.pins), [whole]);
    const sent = await send(10);
    await atRest(next, sent);
  });

  test('is removed by unpin, with its program and nothing else', async () => {
    mkdirSync(join(lab.bpf.pins, 'of-others'), { recursive: true });
    await (await start()).kill('SIGKILL');
    const unpin = await runMain(['unpin', lab.bpf.pins]);
    assert.deepEqual(
      [unpin.code, unpin.stdout],
      [0, `removed the pinned state in ${lab.bpf.pins}; programs detached: 1\n`],
    );
    assert.equal(await lab.programId(), undefined);
    assert.deepEqual(readdirSync(lab.bpf.pins), ['of-others']);
    const again = await runMain(['unpin', lab.bpf.pins]);
    assert.equal(again.stdout, `nothing is pinned in ${lab.bpf.pins}\n`);
  });

  test('outlives an exporter that has dropped its privileges, under the seccomp profile', async () => {
    const { netns, device } = lab.lab.rx;
    const wrapper = ['nsenter', `--net=/run/netns/${netns}`, ...underProfile()];
    await run('ip', '-n', netns, 'link', 'set', 'lo', 'up');
    const args = ['--device', device, '--state.pin', lab.bpf.pins];
    const startInside = async (...others: readonly string[]) => {
      exporter = await ExporterProcess.start([...args, ...others], { wrapper });
      return exporter;
    };
    const first = await startInside('--drop-privileges');
    let sent = await send(100);
    assert.deepEqual(await first.kill('SIGTERM'), { code: 0, signal: null });
    assert.notEqual(await lab.programId(), undefined);
    sent += await send(100);
    const { url } = await startInside();
    await atRest({ scrape: () => scrapeInside(netns, url) }, sent);
  });

  for (const [directory, complaint] of [
    ['/tmp', /"\/tmp" is on no BPF file system; mount one, with "mount -t bpf bpf \/sys\/fs\/bpf"/],
    ['state', /not an absolute path/],
  ] as const) {
    test(`is refused in "${directory}", with 2`, async () => {
      const { code, stderr } = await runMain(['run', '--device', 'lo', '--state.pin', directory]);
      assert.equal(code, 2);
      assert.match(stderr, complaint);
    });
  }

  test('is refused where others than root may write, with 2', async () => {
    const { code, stderr } = await runMain(['run', '-i', 'lo', '--state.pin', lab.bpf.path]);
    assert.equal(code, 2);
    assert.match(stderr, /others than root may write to it \(mode 1777\)/);
  });
});
