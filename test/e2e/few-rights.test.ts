// SPDX-License-Identifier: Apache-2.0
// Three capabilities, no perf_event_open(2), no memory that may be locked: the mapped transport is complete with these.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { MixEntry } from '../../src/generator/stream.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { scrapeInside } from './support/fetch-inside.ts';
import { fewRights, UID } from './support/few-rights.ts';
import { run, until } from './support/namespace.ts';
import { accountedFor, atRest, type Outcomes, outcomesOf } from './support/outcomes.ts';
import { assertWithoutRights, wireOf } from './support/wire-pid.ts';

/** On each CPU: a multiple of the mix's weights, so that every stream has its exact share. */
const FRAMES = 300_000;
/** A reader that gets no CPU for half a second finds its rings less than half full, so nothing is sampled. */
const RATE = 50_000;
const CPUS = [0, 1];
const SENT = FRAMES * CPUS.length;

const NOTHING: Outcomes = {
  counted: 0,
  decoded: 0,
  sampledOut: 0,
  ringFull: 0,
  noRing: 0,
  pending: 0,
};

interface Kind extends MixEntry {
  readonly weight: number;
  readonly sources: { readonly kind: 'cycle'; readonly count: number; readonly prefix: string };
}

const MIX: readonly Kind[] = [
  {
    family: 4,
    protocol: 'udp',
    weight: 4,
    sources: { kind: 'cycle', count: 4, prefix: '192.0.2.1/24' },
  },
  {
    family: 4,
    protocol: 'tcp',
    weight: 3,
    sources: { kind: 'cycle', count: 3, prefix: '198.51.100.1/24' },
  },
  {
    family: 6,
    protocol: 'udp',
    weight: 2,
    sources: { kind: 'cycle', count: 2, prefix: '2001:db8::1/64' },
  },
  {
    family: 4,
    protocol: 'icmp',
    weight: 1,
    sources: { kind: 'cycle', count: 1, prefix: '203.0.113.1/24' },
  },
];
const WEIGHTS = MIX.reduce((sum, { weight }) => sum + weight, 0);

describe('with three capabilities, no perf_event_open() and no locked memory', {
  skip: skipUnlessRoot,
}, () => {
  let lab: Lab;
  let exporter: ExporterProcess | undefined;

  beforeEach(async () => {
    lab = await createLab({ name: 'few-rights' });
    // The exporter serves there, too.
    await run('ip', '-netns', lab.rx.netns, 'link', 'set', 'lo', 'up');
  });
  afterEach(async () => {
    await exporter?.close();
    exporter = undefined;
    await lab.close();
  });

  async function start(...args: string[]): Promise<ExporterProcess> {
    const wrapper = fewRights(lab.rx.netns);
    exporter = await ExporterProcess.start(['--device', lab.rx.device, ...args], { wrapper });
    return exporter;
  }
  const scraping = ({ url }: ExporterProcess) => ({
    scrape: (): Promise<Samples> => scrapeInside(lab.rx.netns, url),
  });

  /** Sends on every CPU at once, and judges each scrape meanwhile. */
  async function sendUnder(target: { scrape(): Promise<Samples> }): Promise<void> {
    const load = Promise.all(
      CPUS.map(
        (cpu) => startGenerator({ ...lab.tx, frames: FRAMES, rate: RATE, cpu, mix: MIX }).done,
      ),
    );
    const isOver = load.then(() => true);
    const second = () => new Promise<false>((resolve) => setTimeout(resolve, 1000, false));
    do {
      const outcomes = outcomesOf(await target.scrape());
      assert.equal(accountedFor(outcomes) + outcomes.pending, outcomes.counted);
    } while (!(await Promise.race([isOver, second()])));
    const sent = (await load).reduce((sum, result) => sum + result.sent, 0);
    assert.equal(sent, SENT);
  }

  test('has those rights and no other', async () => {
    const { pid } = await start();
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
    assert.equal(field('Uid'), String(UID));
    for (const set of ['CapPrm', 'CapEff', 'CapBnd']) {
      // CAP_NET_ADMIN 12, CAP_PERFMON 38, CAP_BPF 39.
      assert.equal(field(set), '000000c000001000', set);
    }
    // What a process that it starts would be given.
    const wire = wireOf(pid) ?? assert.fail('there is no wire');
    for (const set of ['CapInh', 'CapAmb']) {
      assert.equal(field(set), '0000000000000000', set);
    }
    assertWithoutRights(wire);
    assert.equal(field('NoNewPrivs'), '1');
    assert.equal(field('Seccomp'), '2');
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    assert.match(limits, /^Max locked memory +0 +0 +bytes/m);
  });

  test('without CAP_SYS_ADMIN programs are not measured, one line says why, and all else goes on', async () => {
    const running = await start('--program-cost', '0.1s/0.2s');
    const lines = () => running.log.split('\n').filter((line) => line.includes('SYS_ADMIN'));
    await until('the log says why', () => lines().length > 0);
    const scrapes = [await scraping(running).scrape(), await scraping(running).scrape()];
    for (const samples of scrapes) {
      const success = (collector: string) =>
        sumOf(samples, 'xdp_scrape_collector_success', { collector });
      assert.deepEqual([success('program_cost'), success('traffic')], [0, 1]);
    }
    assert.equal(lines().length, 1);
    assert.match(String(lines()[0]), /count runs of programs: EPERM: this needs CAP_SYS_ADMIN/);
  });

  test('sources, protocols and the loss budget are complete under traffic', async () => {
    const running = await start();
    const target = scraping(running);
    await sendUnder(target);
    const outcomes = await atRest(target, SENT);
    assert.deepEqual(outcomes, { ...NOTHING, counted: SENT, decoded: SENT });
    const samples = await target.scrape();
    for (const { family, protocol, weight } of MIX) {
      const labels = { family: `ipv${family}`, protocol };
      const expected = (SENT * weight) / WEIGHTS;
      assert.equal(sumOf(samples, 'xdp_protocol_packets_total', labels), expected);
    }
    assert.equal(sumOf(samples, 'xdp_protocol_packets_total'), SENT);
    assert.equal(sumOf(samples, 'xdp_malformed_packets_total'), 0);
    assert.equal(sumOf(samples, 'xdp_source_packets_total'), SENT);
    await until('every source has a series', async () => {
      const sources = sourcesIn(await target.scrape());
      return expectedSources().every((source) => sources.includes(source));
    });
    assert.equal(sumOf(samples, 'xdp_tracepoint_up'), 4);
    assert.doesNotMatch(running.log, /level=(warn|error)/);
  });

  test('the perf transport counts everything, says once why it has no rings, and loses every record', async () => {
    const running = await start('--logger.transport', 'perf');
    const target = scraping(running);
    await sendUnder(target);
    const outcomes = await atRest(target, SENT);
    assert.deepEqual(outcomes, { ...NOTHING, counted: SENT, noRing: SENT });
    const samples = await target.scrape();
    assert.equal(sumOf(samples, 'xdp_protocol_packets_total'), SENT);
    assert.deepEqual(sourcesIn(samples), []);
    const warnings = running.log.match(/^.*level=warn.*$/gm) ?? [];
    assert.equal(warnings.length, 1, running.log);
    assert.match(`${warnings[0]}`, /open perf ring.*: EPERM; .*seccomp profile/);
  });
});

/** Addresses, without the row for all others. */
function sourcesIn(samples: Samples): string[] {
  return [...samples.keys()].flatMap((series) => {
    const source = /^xdp_source_packets_total\{.*source_address="([^"]+)"/.exec(series)?.[1];
    return source === undefined || source === 'other' ? [] : [source];
  });
}

/** As the exporter writes them. */
function expectedSources(): string[] {
  return MIX.flatMap(({ sources: { count, prefix } }) => {
    const [, network, first] = /^(.*[.:])(\d+)\//.exec(prefix) ?? [];
    return Array.from({ length: count }, (_, index) => `${network}${Number(first) + index}`);
  });
}
