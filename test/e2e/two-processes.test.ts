// SPDX-License-Identifier: Apache-2.0
// The engine and the wire: what the wire may do, and what becomes of either where the other ends.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { createOpenLab } from './support/lab.ts';
import { run, until } from './support/namespace.ts';
import {
  assertWithoutRights,
  descriptorsOf,
  isAlive,
  statusOf,
  wireOf,
} from './support/wire-pid.ts';

/** How often each process is killed. */
const ROUNDS = Number(process.env['XDP_TEST_ROUNDS'] ?? 10);

/** Packets a second meanwhile. */
const LOAD = Number(process.env['XDP_TEST_RATE'] ?? 100_000);

describe('the two processes', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createOpenLab('two');
  });
  afterEach(() => exporter?.close());
  after(() => lab?.close());

  async function start(...args: string[]): Promise<number> {
    const { netns, device } = lab.rx;
    exporter = await ExporterProcess.start(['--netns', netns, '--device', device, ...args]);
    return wirePid();
  }

  function wirePid(): number {
    const pid = wireOf(exporter.pid);
    assert.ok(pid !== undefined, 'there is a wire');
    return pid;
  }

  async function programId(): Promise<number | undefined> {
    const { netns, device } = lab.rx;
    const [link] = JSON.parse(await run('ip', '-n', netns, '-j', '-d', 'link', 'show', device));
    return link.xdp?.prog?.id;
  }

  /** As soon as one succeeds. */
  async function nextScrape(seconds: number): Promise<Samples> {
    let samples: Samples | undefined;
    await until(
      'a scrape succeeds',
      async () => {
        samples = await exporter.scrape().catch(() => undefined);
        return samples !== undefined && samples.size > 0;
      },
      seconds,
    );
    return samples ?? new Map();
  }

  test('the wire has no capability in any thread, is another user, and can gain nothing', async () => {
    const wire = await start();
    assertWithoutRights(wire);
    assert.deepEqual([...new Set(statusOf(wire, 'Uid'))], ['65534\t65534\t65534\t65534']);
    assert.deepEqual([...new Set(statusOf(wire, 'Gid'))], ['65534\t65534\t65534\t65534']);
    assert.deepEqual([...new Set(statusOf(wire, 'Groups'))], ['']);
    const samples = await exporter.scrape();
    assert.equal(sumOf(samples, 'xdp_exporter_wire_info', { isolation: 'user' }), 1);
  });

  test('each process loads the libraries of its own side, and OpenTelemetry only where OTLP is on', async () => {
    const watch = ['--import', new URL('./support/loaded-modules.js', import.meta.url).href];
    const { netns, device } = lab.rx;
    const args = ['--netns', netns, '--device', device, '--otlp.endpoint', 'http://127.0.0.1:1'];
    exporter = await ExporterProcess.start(args, { nodeFlags: watch });
    await exporter.kill('SIGTERM');
    assert.match(exporter.log, /^of_opentelemetry=0 of_prom_client=0 of_ffi=[1-9]\d*$/m);
    const loadedBy = async (module: string) => {
      const url = new URL(`../../src/${module}`, import.meta.url);
      const flags = [...watch, '--input-type=module', '--eval', `await import('${url}')`];
      return (await promisify(execFile)(process.execPath, flags)).stderr;
    };
    assert.match(
      await loadedBy('wire/serve.js'),
      /^of_opentelemetry=0 of_prom_client=[1-9]\d* of_ffi=0$/m,
    );
    assert.match(await loadedBy('export/otlp/push.js'), /^of_opentelemetry=[1-9]\d+ .* of_ffi=0$/m);
  });

  test('the wire inherits the channel, the listening socket and its streams, and nothing else', async () => {
    const {
      0: input,
      1: output,
      2: errors,
      3: listening,
      4: channel,
      ...own
    } = descriptorsOf(await start());
    assert.deepEqual(
      { input, output, errors, listening, channel },
      {
        input: 'pipe',
        output: '/dev/null',
        errors: 'socket',
        listening: 'socket',
        channel: 'socket',
      },
    );
    // What Node opens for its event loops and threads. A map, a program, a link or a netlink socket would be another.
    const kinds = new Set(Object.values(own));
    for (const known of ['pipe', 'anon_inode:[eventpoll]', 'anon_inode:[eventfd]', '/dev/null']) {
      kinds.delete(known);
    }
    assert.deepEqual([...kinds], []);
  });

  test(`kill -9 of the wire, ${ROUNDS} times under load, costs no packet and no attachment`, async () => {
    await start('--logger.sample', '1', '--logger.max-events-per-second', '1000000000');
    const program = await programId();
    const load = startGenerator({ ...lab.tx, durationSeconds: 600, rate: LOAD });
    let packets = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      process.kill(wirePid(), 'SIGKILL');
      const samples = await nextScrape(2);
      const counted = sumOf(samples, 'xdp_packets_total');
      assert.ok(counted > packets, `round ${round}: ${counted} after ${packets}`);
      assert.equal(sumOf(samples, 'xdp_exporter_wire_restarts_total'), round);
      assert.equal(await programId(), program);
      packets = counted;
    }
    const { sent } = await load.stop();
    await until('every packet is counted', async () => {
      const samples = await exporter.scrape();
      packets = sumOf(samples, 'xdp_packets_total');
      return packets >= sent && sumOf(samples, 'xdp_logger_pending_packets') === 0;
    });
    assert.equal(packets, sent);
    const samples = await exporter.scrape();
    assert.equal(sumOf(samples, 'xdp_logger_packets_total', { outcome: 'decoded' }), sent);
    const lines = exporter.log
      .split('\n')
      .filter((line) => line.includes('the wire process ended'));
    assert.equal(lines.length, ROUNDS);
  });

  test('a wire that does not answer is replaced, and counting goes on', async () => {
    const stopped = await start();
    const program = await programId();
    process.kill(stopped, 'SIGSTOP');
    await until('the stopped wire is gone', () => !isAlive(stopped), 20);
    await nextScrape(5);
    assert.notEqual(wirePid(), stopped);
    assert.equal(await programId(), program);
  });

  test(`kill -9 of the engine, ${ROUNDS} times, leaves neither program nor wire, not even a stuck one`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const wire = await start();
      if (round % 2 === 1) {
        process.kill(wire, 'SIGSTOP');
      }
      await exporter.kill('SIGKILL');
      await until(`round ${round}: the wire is gone`, () => !isAlive(wire), 1);
      await until(
        `round ${round}: the program is gone`,
        async () => (await programId()) === undefined,
        1,
      );
    }
  });

  test('a signal to the whole group ends both in order', async () => {
    const wire = await start();
    process.kill(wire, 'SIGTERM');
    process.kill(wire, 'SIGINT');
    await delay(200);
    assert.ok(isAlive(wire), 'the wire waits for the engine');
    assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
    assert.equal(isAlive(wire), false);
    assert.doesNotMatch(exporter.log, /the wire process ended/);
  });
});
