// SPDX-License-Identifier: Apache-2.0
// The logger at line rate through the real binary: every packet is decoded, or a counter says where it went.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { GeneratorOptions } from '../../src/generator/options.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, type SpawnOptions } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';
import { accountedFor, atRest, outcomesOf } from './support/outcomes.ts';

const BUSY_MAIN = fileURLToPath(new URL('./support/busy-main-thread.js', import.meta.url));
const MANY_SOURCES = {
  family: 4,
  protocol: 'udp',
  sources: { kind: 'skewed', count: 200, prefix: '203.0.113.0/24' },
} as const;

describe('the logger', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess | undefined;

  beforeEach(async () => {
    lab = await createLab({ name: 'logger' });
  });
  afterEach(async () => {
    await exporter?.close();
    exporter = undefined;
    await lab.close();
  });

  async function start(args: string[] = [], options: SpawnOptions = {}): Promise<ExporterProcess> {
    const device = ['--netns', lab.rx.netns, '--device', lab.rx.device];
    exporter = await ExporterProcess.start([...device, ...args], options);
    return exporter;
  }
  const generate = (options: Partial<GeneratorOptions>) =>
    startGenerator({ ...lab.tx, mix: [MANY_SOURCES], ...options });

  /** Scrapes each second until the generator is done. */
  async function scrapeDuring(sending: Promise<unknown>): Promise<void> {
    const isDone = sending.then(() => true);
    const second = () => new Promise<false>((resolve) => setTimeout(resolve, 1000, false));
    do {
      await exporter?.scrape();
    } while (!(await Promise.race([isDone, second()])));
  }

  test('decodes ten million frames at 2 million a second, and loses none', async () => {
    const frames = 10_000_000;
    const running = await start();
    const load = generate({ frames, rate: 2_000_000, cpu: 0 });
    await scrapeDuring(load.done);
    const outcomes = await atRest(running, frames);
    assert.equal(outcomes.ringFull, 0);
    assert.equal(outcomes.noRing, 0);
    assert.equal(outcomes.sampledOut, 0);
    const samples = await running.scrape();
    assert.equal(sumOf(samples, 'xdp_source_packets_total'), frames);
    assert.equal(sumOf(samples, 'xdp_source_bytes_total'), frames * 60);
    assert.equal(sumOf(samples, 'xdp_protocol_packets_total', { protocol: 'udp' }), frames);
  });

  test('accounts for every frame at full speed while the main thread is blocked a third of the time', async () => {
    const frames = 5_000_000;
    const running = await start([], { nodeFlags: ['--import', BUSY_MAIN] });
    await scrapeDuring(generate({ frames, cpu: 0 }).done);
    const outcomes = await atRest(running, frames);
    assert.equal(outcomes.ringFull, 0);
  });

  test('accounts for every frame across a stop of the whole process under load', async () => {
    const running = await start();
    const load = generate({ durationSeconds: 8, rate: 1_000_000, cpu: 0 });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    process.kill(running.pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 5000));
    process.kill(running.pid, 'SIGCONT');
    const { sent } = await load.done;
    const outcomes = await atRest(running, sent);
    assert.ok(outcomes.ringFull > 0, 'a ring held five seconds of a million packets each');
    const { sent: more } = await generate({ frames: 1000 }).done;
    const later = await atRest(running, sent + more);
    assert.equal(later.ringFull, outcomes.ringFull);
  });

  test('shows a single packet without waiting for others', async () => {
    const running = await start();
    for (const frames of [1, 63, 64, 65]) {
      const before = outcomesOf(await running.scrape());
      await generate({ frames, cpu: 1 }).done;
      const after = await atRest(running, before.counted + frames);
      assert.equal(after.decoded - before.decoded, frames);
    }
  });

  for (const interval of [10, 100, 1000]) {
    test(`with one packet in ${interval} recorded, weights sum to the packets but for the open gap`, async () => {
      const frames = 5_000_000;
      const running = await start(['--logger.sample', String(interval)]);
      await generate({ frames, cpu: 0 }).done;
      const outcomes = await atRest(running, frames);
      const deviation = Math.abs(outcomes.decoded - frames / interval);
      assert.ok(deviation < 5 * Math.sqrt(frames / interval), `${outcomes.decoded} records`);
      const weighted = sumOf(await running.scrape(), 'xdp_source_packets_total');
      assert.ok(weighted <= frames && weighted > frames - 20 * interval, `${weighted} weighted`);
      assert.equal(accountedFor(outcomes), frames);
    });
  }

  test('samples when the budget is spent, and records everything again afterwards', async () => {
    const running = await start(['--logger.max-events-per-second', '100000']);
    const load = generate({ durationSeconds: 3, rate: 1_000_000, cpu: 0 });
    await load.done;
    const { sent } = await load.done;
    const outcomes = await atRest(running, sent);
    assert.ok(outcomes.sampledOut > sent / 2, `${outcomes.sampledOut} of ${sent} sampled out`);
    assert.ok(((await running.scrape()).get('xdp_logger_sample_interval') ?? 0) > 1);
    const calm = async () => (await running.scrape()).get('xdp_logger_sample_interval');
    for (let second = 0; second < 40 && (await calm()) !== 1; second++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    assert.equal(await calm(), 1);
  });

  test('without it, only the counters are exported', async () => {
    const running = await start(['--logger', 'off']);
    await generate({ frames: 1000 }).done;
    const samples = await running.scrape();
    assert.equal(sumOf(samples, 'xdp_packets_total'), 1000);
    assert.deepEqual(
      [...samples.keys()].filter((name) =>
        /xdp_(logger|source|protocol|ring|malformed)/.test(name),
      ),
      [],
    );
  });

  test('opens a small ring where it may not lock more memory, and says so', async () => {
    const wrapper = ['setpriv', '--bounding-set', '-ipc_lock', '--inh-caps', '-ipc_lock'];
    const running = await start(['--logger.ring-kib', '65536'], { wrapper });
    await generate({ frames: 10_000 }).done;
    const outcomes = await atRest(running, 10_000);
    assert.equal(outcomes.noRing, 0);
    const size = (await running.scrape()).get('xdp_ring_size_bytes{cpu="0"}') ?? 0;
    assert.ok(size > 0 && size < 65_536 * 1024, `${size} bytes`);
    assert.equal(running.log.match(/grant CAP_IPC_LOCK/g)?.length, 1);
  });
});
