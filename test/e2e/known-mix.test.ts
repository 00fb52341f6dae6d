// SPDX-License-Identifier: Apache-2.0
// Two million frames whose every count is known: each series is exact, and with sampling as near as chance allows.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import {
  type Expected,
  KNOWN_MIX,
  KNOWN_ROUND,
  knownSeries,
  NETWORKS,
} from './support/known-mix.ts';
import { until } from './support/namespace.ts';

const FRAMES = 2_000_000;
/** The last frame before the reader came may be followed by gaps of so many, on each CPU: see draw_gap(). */
const MAX_GAP = 8;

/** What each list is called in the metrics, and what says which of its series a key is. */
const LISTS = [
  { list: 'sources', noun: 'source', labelsOf: (key: string) => ({ source_address: key }) },
  {
    list: 'destinations',
    noun: 'destination',
    labelsOf: (key: string) => ({ destination_address: key }),
  },
  {
    list: 'ports',
    noun: 'port',
    labelsOf: (key: string) => {
      const [protocol = '', port = ''] = key.split('/');
      return { protocol, port };
    },
  },
  { list: 'networks', noun: 'network', labelsOf: (key: string) => ({ network: key }) },
] as const;

class Run {
  readonly #exporter: ExporterProcess;
  readonly #send: (frames: number) => Promise<void>;
  #sent = 0;

  private constructor(exporter: ExporterProcess, send: (frames: number) => Promise<void>) {
    this.#exporter = exporter;
    this.#send = send;
  }

  static async start(t: TestContext, sampleInterval: number): Promise<Run> {
    const lab = await createLab({ name: 'known' });
    t.after(() => lab.close());
    const exporter = await ExporterProcess.start([
      ...['--netns', lab.rx.netns, '--device', lab.rx.device],
      ...['--top.networks-file', networksFile(t)],
      ...['--logger.sample', String(sampleInterval), '--logger.ring-kib', '32768'],
      ...['--top.sources', '30', '--top.destinations', '10', '--top.ports', '60'],
      ...['--top.new-series-per-hour', '1000000'],
    ]);
    t.after(() => exporter.close());
    return new Run(exporter, async (frames) => {
      const plan = { ...lab.tx, frames, mix: KNOWN_MIX, rate: 500_000, cpu: 0 };
      assert.equal((await startGenerator(plan).done).sent, frames);
    });
  }

  /** The scrape that has all of them. */
  async send(frames: number): Promise<Samples> {
    await this.#send(frames);
    this.#sent += frames;
    return this.scrapeWhen(`${this.#sent} packets`, (samples) => {
      const ended = ['decoded', 'sampled_out'].map((outcome) =>
        sumOf(samples, 'xdp_logger_packets_total', { outcome }),
      );
      return ended.reduce((sum, count) => sum + count) === this.#sent;
    });
  }

  async scrapeWhen(what: string, isSo: (samples: Samples) => boolean): Promise<Samples> {
    let samples: Samples = new Map();
    await until(what, async () => {
      samples = await this.#exporter.scrape();
      return isSo(samples);
    });
    return samples;
  }

  /** Sends until every key has its series, which count from then on. */
  async join(frames: number): Promise<void> {
    const known = knownSeries(frames);
    await this.send(frames);
    await this.scrapeWhen('all series', (samples) =>
      LISTS.every(({ list, noun }) => seriesOf(samples, noun).length === known[list].size + 1),
    );
  }
}

function networksFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-networks-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'networks.yaml');
  const lines = [...NETWORKS].map(([name, prefix]) => `${name}: ["${prefix}"]\n`);
  writeFileSync(file, lines.join(''));
  return file;
}

function seriesOf(samples: Samples, noun: string): string[] {
  return [...samples.keys()].filter((series) => series.startsWith(`xdp_${noun}_packets_total{`));
}

type Grown = (name: string, labels?: Readonly<Record<string, string>>) => number;

async function growth(run: Run, frames: number): Promise<Grown> {
  const before = await run.send(KNOWN_ROUND);
  const after = await run.send(frames);
  return (name, labels) => sumOf(after, name, labels) - sumOf(before, name, labels);
}

/** Calls `judge` with what each series of the lists grew by, and what was sent. */
function compare(
  grown: Grown,
  frames: number,
  judge: (what: string, actual: Expected, expected: Expected) => void,
): void {
  const known = knownSeries(frames);
  for (const { list, noun, labelsOf } of LISTS) {
    for (const [key, expected] of known[list]) {
      const labels = labelsOf(key);
      const packets = grown(`xdp_${noun}_packets_total`, labels);
      judge(key, { packets, bytes: grown(`xdp_${noun}_bytes_total`, labels) }, expected);
    }
  }
}

/** What programs count themselves is exact, whatever the sampling. */
function assertCounted(grown: Grown, frames: number): void {
  const known = knownSeries(frames);
  assert.equal(grown('xdp_packets_total'), frames);
  assert.equal(grown('xdp_bytes_total'), known.bytes);
  let ofTcp = 0;
  for (const [flags, { packets }] of known.flags) {
    assert.equal(grown('xdp_tcp_packets_total', { flags }), packets, flags);
    ofTcp += packets;
  }
  assert.equal(grown('xdp_tcp_packets_total'), ofTcp);
  assert.equal(grown('xdp_protocol_packets_total', { protocol: 'tcp' }), ofTcp);
}

describe('two million frames of a known mix', { skip: skipUnlessRoot }, () => {
  it('are in the series of their keys, each exact, and all lists add up to them', async (t) => {
    const run = await Run.start(t, 1);
    await run.join(20 * KNOWN_ROUND);
    const grown = await growth(run, FRAMES);
    assertCounted(grown, FRAMES);
    compare(grown, FRAMES, (what, actual, expected) => assert.deepEqual(actual, expected, what));
    for (const { noun } of LISTS) {
      assert.equal(grown(`xdp_${noun}_packets_total`), FRAMES, noun);
      assert.equal(grown(`xdp_${noun}_bytes_total`), knownSeries(FRAMES).bytes, noun);
    }
    assert.equal(grown('xdp_rx_queue_packets_total'), FRAMES);
  });

  it('are within five standard deviations where one in a hundred is recorded', async (t) => {
    const interval = 100;
    const run = await Run.start(t, interval);
    await run.join(200 * KNOWN_ROUND);
    const grown = await growth(run, FRAMES);
    assertCounted(grown, FRAMES);
    compare(grown, FRAMES, (what, actual, { packets }) => {
      // A record stands for a gap, whose lengths are spread as widely as they are long.
      const share = packets / FRAMES;
      const deviation = Math.sqrt(2 * interval * FRAMES * share * (1 - share));
      const off = actual.packets - packets;
      assert.ok(Math.abs(off) <= 5 * deviation, `${what}: ${off} off, at ${deviation}`);
    });
    const totals = LISTS.map(({ noun }) => grown(`xdp_${noun}_packets_total`));
    totals.push(grown('xdp_rx_queue_packets_total'));
    assert.equal(new Set(totals).size, 1, `${totals}`);
    const missing = Math.abs(FRAMES - (totals[0] ?? 0));
    assert.ok(missing <= 2 * MAX_GAP * interval, `${missing} packets in no record yet`);
  });
});
