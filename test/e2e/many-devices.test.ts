// SPDX-License-Identifier: Apache-2.0
// Hundreds of devices and 20,000 series: what reads and renders them must not keep a ring waiting.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { until } from './support/namespace.ts';
import { atRest } from './support/outcomes.ts';
import { waitedForCpuMs } from './support/waiting.ts';

/** With the lab's own end 255 devices, of 256 that the exporter has slots for. */
const PAIRS = 127;
/** Pairs whose far end sends, from as many sources as may have a series. */
const BUSY_PAIRS = 16;
const SOURCES = 120;
const FRAMES = 10_000_000;
/** What half of a ring of 4 MiB holds of 2 million records a second. */
const HALF_RING_MS = 16;

describe('255 devices with 20,000 series', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'many' });
    await addPairs(lab.rx.netns);
    exporter = await ExporterProcess.start(
      ['--netns', lab.rx.netns, '--device', lab.rx.device, '--device', '[ab]*'].concat(
        ['--top.sources', String(SOURCES)],
        ['--top.new-series-per-hour', '1000000'],
      ),
    );
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  test('no frame at 2 million a second is lost while they are scraped each second', async (t) => {
    const before = await sendFromManySources();
    await until('20,000 series are exported', async () => (await seriesCount()) >= 20_000);
    const waitedBefore = waitedForCpuMs(exporter.pid);
    const sent = await sendWhileScraping();
    const waitedMs = waitedForCpuMs(exporter.pid) - waitedBefore;
    const { decoded, sampledOut, ringFull, noRing } = await atRest(exporter, before + sent);
    assert.deepEqual([ringFull, noRing], [0, 0]);
    assert.equal(decoded + sampledOut, before + sent);
    // Two CPUs have nothing to spare at this rate: where the reader has to wait for one, sampling sets in before a ring
    // is full. Where it never waited as long as that takes, nothing may be left out.
    assert.ok(sampledOut === 0 || waitedMs > HALF_RING_MS, `${sampledOut} left out by sampling`);
    t.diagnostic(
      `${decoded} decoded, ${sampledOut} left out by sampling; ${waitedMs.toFixed(0)} ms without a CPU`,
    );
  });

  /** @returns frames sent */
  async function sendWhileScraping(): Promise<number> {
    const load = startGenerator({
      ...lab.tx,
      mix: [ONE_SOURCE],
      frames: FRAMES,
      rate: 2_000_000,
      cpu: 0,
    });
    const isDone = load.done.then(() => true);
    const second = () => new Promise<false>((resolve) => setTimeout(resolve, 1000, false));
    do {
      assert.ok((await seriesCount()) >= 20_000);
    } while (!(await Promise.race([isDone, second()])));
    return (await load.done).sent;
  }

  async function seriesCount(): Promise<number> {
    return (await exporter.get('metrics')).match(/^xdp_/gm)?.length ?? 0;
  }

  /** @returns frames sent */
  async function sendFromManySources(): Promise<number> {
    let sent = 0;
    for (let pair = 0; pair < BUSY_PAIRS; pair++) {
      const from = { netns: lab.rx.netns, device: `b${pair}` };
      const load = startGenerator({ ...from, mix: [MANY_SOURCES], frames: 4_000 });
      sent += (await load.done).sent;
    }
    return sent;
  }
});

const ONE_SOURCE = {
  family: 4,
  protocol: 'udp',
  sources: { kind: 'cycle', count: 1, prefix: '203.0.113.0/24' },
} as const;
const MANY_SOURCES = {
  ...ONE_SOURCE,
  sources: { ...ONE_SOURCE.sources, count: SOURCES },
} as const;

/** One ip(8) for all of them. */
async function addPairs(netns: string): Promise<void> {
  const ip = spawn('ip', ['-n', netns, '-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  for (let pair = 0; pair < PAIRS; pair++) {
    const [a, b] = [`a${pair}`, `b${pair}`];
    ip.stdin.write(`link add ${a} type veth peer name ${b}\nlink set ${a} up\nlink set ${b} up\n`);
  }
  ip.stdin.end();
  const [code] = await once(ip, 'close');
  assert.equal(code, 0);
}
