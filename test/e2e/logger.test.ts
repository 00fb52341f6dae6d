// SPDX-License-Identifier: Apache-2.0
// The logger at line rate through the real binary: every packet is decoded, or a counter says where it went.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { GeneratorOptions } from '../../src/generator/options.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, type SpawnOptions } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';
import { until } from './support/namespace.ts';
import { accountedFor, atRest, outcomesOf } from './support/outcomes.ts';
import { waitedForCpuMs } from './support/waiting.ts';
import { wireOf } from './support/wire-pid.ts';

const MANY_SOURCES = {
  family: 4,
  protocol: 'udp',
  sources: { kind: 'skewed', count: 200, prefix: '203.0.113.0/24' },
} as const;

/** The budget of records must not be what leaves packets out. */
const UNLIMITED = ['--logger.max-events-per-second', '100000000'];

/** What half of a ring of 4 MiB holds of 2 million records a second. */
const HALF_RING_MS = 16;

const TRANSPORTS = ['mapped', 'perf'] as const;

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

  /** A process that has just started has compiled none of the code that reads records: it samples what comes at once. */
  async function startWarm(): Promise<{ running: ExporterProcess; sent: number }> {
    const running = await start();
    const { sent } = await generate({ frames: 300_000, rate: 300_000, cpu: 0 }).done;
    await atRest(running, sent);
    return { running, sent };
  }

  /** Scrapes each second until the generator is done. */
  async function scrapeDuring(sending: Promise<unknown>): Promise<void> {
    const isDone = sending.then(() => true);
    const second = () => delay(1000, false);
    do {
      await exporter?.scrape();
    } while (!(await Promise.race([isDone, second()])));
  }

  for (const transport of TRANSPORTS) {
    test(`${transport}: shows every packet within a second, be it one or millions`, async () => {
      const running = await start(['--logger.transport', transport, ...UNLIMITED]);
      for (const frames of [1, 63, 64, 65, 1000, 2_000_003]) {
        const before = outcomesOf(await running.scrape());
        // A rate that either transport keeps up with, so that all can be decoded.
        const { sent } = await generate({ frames, rate: 350_000, cpu: 1 }).done;
        const after = await atRest(running, before.counted + sent, 1);
        assert.equal(after.decoded - before.decoded, frames);
      }
    });

    test(`${transport}: accounts for ten million frames at full speed`, async () => {
      const frames = 10_000_000;
      const running = await start(['--logger.transport', transport]);
      await scrapeDuring(generate({ frames, cpu: 0 }).done);
      const outcomes = await atRest(running, frames);
      const samples = await running.scrape();
      assert.equal(sumOf(samples, 'xdp_protocol_packets_total', { protocol: 'udp' }), frames);
      assert.equal(outcomes.noRing, 0);
      assert.equal(sumOf(samples, 'xdp_logger_corruptions_total'), 0);
    });

    test(`${transport}: accounts for every frame that a ring of 32 KiB cannot hold`, async () => {
      const frames = 2_000_000;
      const small = ['--logger.ring-kib', '32', '--logger.sample', '1'];
      const running = await start(['--logger.transport', transport, ...small]);
      await generate({ frames, cpu: 0 }).done;
      const outcomes = await atRest(running, frames);
      assert.ok(outcomes.ringFull > 0, 'a ring of 512 records held two million frames');
      const samples = await running.scrape();
      assert.equal(samples.get('xdp_ring_size_bytes{cpu="0"}'), 32 * 1024);
      assert.equal(sumOf(samples, 'xdp_source_packets_total'), outcomes.decoded);
    });

    test(`${transport}: accounts for every frame across a stop of the whole process`, async () => {
      const running = await start(['--logger.transport', transport]);
      const load = generate({ durationSeconds: 3, rate: 1_000_000, cpu: 0 });
      await delay(500);
      process.kill(running.pid, 'SIGSTOP');
      await delay(1_500);
      process.kill(running.pid, 'SIGCONT');
      const { sent } = await load.done;
      const outcomes = await atRest(running, sent);
      assert.ok(outcomes.ringFull > 0, 'a ring held 1.5 s of a million packets a second');
      const { sent: more } = await generate({ frames: 1000 }).done;
      const later = await atRest(running, sent + more);
      assert.equal(later.ringFull, outcomes.ringFull);
    });
  }

  test('loses none of ten million frames at 2 million a second', async (t) => {
    const { running, sent } = await startWarm();
    const frames = sent + 10_000_000;
    const waitedBefore = waitedForCpuMs(running.pid);
    await scrapeDuring(generate({ frames: frames - sent, rate: 2_000_000, cpu: 0 }).done);
    const waitedMs = waitedForCpuMs(running.pid) - waitedBefore;
    const outcomes = await atRest(running, frames);
    assert.deepEqual([outcomes.ringFull, outcomes.noRing], [0, 0]);
    // On a machine that has nothing to spare the reader waits for a CPU, and sampling sets in before a ring is full.
    const { decoded, sampledOut } = outcomes;
    assert.equal(decoded + sampledOut, frames);
    assert.ok(sampledOut === 0 || waitedMs > HALF_RING_MS, `${sampledOut} left out by sampling`);
    t.diagnostic(
      `${decoded} decoded, ${sampledOut} left out by sampling; ${waitedMs.toFixed(0)} ms without a CPU`,
    );
    const samples = await running.scrape();
    const inSeries = sumOf(samples, 'xdp_source_packets_total');
    assert.ok(inSeries >= outcomes.decoded && inSeries <= frames, `${inSeries} in series`);
    assert.equal(sumOf(samples, 'xdp_source_bytes_total'), inSeries * 60);
    assert.equal(sumOf(samples, 'xdp_protocol_packets_total', { protocol: 'udp' }), frames);
  });

  test('loses no frame at 2 million a second while the wire is stopped a third of the time', async () => {
    const { running, sent } = await startWarm();
    const frames = 5_000_000;
    const wire = wireOf(running.pid) ?? assert.fail('there is no wire');
    const stops = setInterval(() => {
      process.kill(wire, 'SIGSTOP');
      setTimeout(() => process.kill(wire, 'SIGCONT'), 60);
    }, 200);
    await scrapeDuring(generate({ frames, rate: 2_000_000, cpu: 0 }).done).finally(() =>
      clearInterval(stops),
    );
    const outcomes = await atRest(running, sent + frames);
    assert.equal(outcomes.ringFull, 0);
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
    const running = await start(['--logger.max-events-per-second', '200000']);
    const { sent } = await generate({ durationSeconds: 2, rate: 1_000_000, cpu: 0 }).done;
    const outcomes = await atRest(running, sent);
    assert.ok(outcomes.sampledOut > sent / 2, `${outcomes.sampledOut} of ${sent} sampled out`);
    assert.ok(((await running.scrape()).get('xdp_logger_sample_interval') ?? 0) > 1);
    const interval = async () => (await running.scrape()).get('xdp_logger_sample_interval');
    await until('everything is recorded', async () => (await interval()) === 1, 40);
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

  test('perf: opens a small ring where it may not lock more memory', async () => {
    const wrapper = ['setpriv', '--bounding-set', '-ipc_lock', '--inh-caps', '-ipc_lock'];
    const perf = ['--logger.transport', 'perf', '--logger.ring-kib', '65536'];
    const running = await start(perf, { wrapper });
    await generate({ frames: 10_000, rate: 10_000 }).done;
    const outcomes = await atRest(running, 10_000);
    assert.equal(outcomes.noRing, 0);
    const size = (await running.scrape()).get('xdp_ring_size_bytes{cpu="0"}') ?? 0;
    assert.ok(size > 0 && size < 65_536 * 1024, `${size} bytes`);
  });
});
