// SPDX-License-Identifier: Apache-2.0
// Each scenario of the demo, as typed but in seconds: /metrics tells what happened, and every packet is counted.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import type { TopReport } from '../../src/cli/top/report.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { MAIN, runMain } from './support/exporter-process.ts';
import { parseExposition, type Samples, sumOf } from './support/exposition.ts';

/** Of the flood and its calm together: the calm has a twentieth. */
const RATE = 20_000;

interface Told {
  /** As of the line that says that something begins, and of the one that says that it is over. */
  readonly before: Samples;
  readonly after: Samples;
  readonly lines: readonly string[];
}

interface Stage {
  /** Where `top` joins it; nowhere, by default. */
  readonly socket?: string;
  /** Called with the command line of `top` that the demo prints, while it is calm. */
  readonly onBegin?: (top: string) => void;
}

async function play(scenario: string, seconds: number, stage: Stage = {}): Promise<Told> {
  const { socket = 'off', onBegin = () => {} } = stage;
  const flags = ['--rate', `${RATE}`, '--duration', `${seconds}`, '--control.socket', socket];
  const demo = spawn(
    process.execPath,
    [MAIN, 'demo', '--scenario', scenario, ...flags, '--web.listen-address', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(demo, 'close');
  let log = '';
  demo.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const { lines, scrapes } = await listen(demo.stdout, onBegin);
  assert.deepEqual(await ended, [0, null], `${lines.join('\n')}\n${log}`);
  const [, sent, counted] =
    /^sent ([\d,]+) packets, counted ([\d,]+)$/.exec(lines.at(-1) ?? '') ?? [];
  assert.ok(sent !== undefined && sent === counted, lines.at(-1));
  const [, before, after] = scrapes;
  assert.ok(scenario === 'mixed' || (before !== undefined && after !== undefined));
  return { before: before ?? new Map(), after: after ?? new Map(), lines };
}

/** What the demo says until its end, and a scrape at each line with a time. */
async function listen(stdout: NodeJS.ReadableStream, onBegin: (top: string) => void) {
  const lines: string[] = [];
  const scrapes: Samples[] = [];
  const find = (pattern: RegExp) => pattern.exec(lines.join('\n'))?.[1] ?? '';
  for await (const line of createInterface({ input: stdout })) {
    lines.push(line);
    if (/^\d:\d\d(\.\d)? {2}/.test(line)) {
      const response = await fetch(find(/^metrics: (\S+)$/m));
      scrapes.push(parseExposition(await response.text()));
      if (scrapes.length === 1) {
        onBegin(find(/^top: +xdp-exporter (.*)$/m));
      }
    }
  }
  return { lines, scrapes };
}

/** As the demo says, but as JSON, until the demo ends. */
async function runTop(command: string): Promise<readonly TopReport[]> {
  const options = ['--interval', '0.5', '-o', 'json'];
  const { code, stdout, stderr } = await runMain([...command.split(' '), ...options]);
  assert.match(stderr, /joined the running exporter/);
  assert.match(stderr, /the exporter has exited$/m);
  assert.equal(code, 1);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TopReport);
}

/** Of a counter, while something happened. */
const grown = ({ before, after }: Told, metric: string, labels: Record<string, string> = {}) =>
  sumOf(after, metric, labels) - sumOf(before, metric, labels);

describe('the scenarios of the demo', { skip: skipUnlessRoot, concurrency: 2 }, () => {
  test('mixed sends all kinds of traffic, and every packet is counted', async () => {
    const { lines } = await play('mixed', 2);
    assert.match(lines[0] ?? '', /^demo: generated traffic at 20,000 packets\/s/);
  });

  test('flood: one port of one server has nearly all packets, from few sources, and top says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-scenario-'));
    let shown: Promise<readonly TopReport[]> | undefined;
    const told = await play('flood', 12, {
      socket: join(folder, 'control.sock'),
      onBegin: (command) => {
        shown = runTop(command);
      },
    });
    rmSync(folder, { recursive: true });
    // On a busy machine the flood takes a while to begin, and top to start.
    const shares = ((await shown) ?? []).map(
      ({ devices: [device] }) =>
        device?.lists.ports?.rows.find(({ key }) => key === 'udp/53')?.share ?? 0,
    );
    assert.ok(Math.max(...shares) > 0.8, `top: udp/53 has ${shares.join(', ')}`);
    const packets = grown(told, 'xdp_packets_total');
    // Up to six seconds of 19,000 a second, where there were 1,000.
    assert.ok(packets > 40_000, `${packets} packets`);
    const part = (metric: string, labels: Record<string, string>) =>
      grown(told, metric, labels) / packets;
    assert.ok(part('xdp_port_packets_total', { protocol: 'udp', port: '53' }) > 0.8);
    assert.ok(part('xdp_destination_packets_total', { destination_address: '203.0.113.53' }) > 0.8);
    assert.ok(part('xdp_source_packets_total', { source_address: '198.18.0.1' }) > 0.05);
  });

  test('syn: one port of one server has nearly all packets, and no source has many', async () => {
    const told = await play('syn', 8);
    const packets = grown(told, 'xdp_packets_total');
    // Up to four seconds of 8,000 a second, where there were 1,000.
    assert.ok(packets > 10_000, `${packets} packets`);
    const port = { protocol: 'tcp', port: '443' };
    assert.ok(grown(told, 'xdp_port_packets_total', port) > 0.6 * packets);
    const syn = grown(told, 'xdp_tcp_packets_total', { flags: 'syn' });
    assert.ok(syn > 0.9 * grown(told, 'xdp_tcp_packets_total'), `${syn} SYNs`);
    const calm = (labels = {}) => sumOf(told.before, 'xdp_tcp_packets_total', labels);
    assert.ok(calm({ flags: 'syn' }) < 0.1 * calm(), 'few of the calm');
    const sources = [...told.after.keys()].filter((series) =>
      /source_address="198\.18/.test(series),
    );
    assert.deepEqual(sources, []);
  });

  test('scan: one source has most packets, and its ports have few series', async () => {
    const told = await play('scan', 8);
    const packets = grown(told, 'xdp_packets_total');
    const scanner = grown(told, 'xdp_source_packets_total', { source_address: '198.18.66.6' });
    // Four seconds of 2,000 a second beside 1,000, and a second until it has a series.
    assert.ok(scanner > 3_000 && scanner < packets, `${scanner} of ${packets} packets`);
    const ports = [...told.after.keys()].filter((series) => /^xdp_port_packets_total/.test(series));
    // Twenty that count, twenty that have ended, and "other".
    assert.ok(ports.length <= 41, `${ports.length} series of ports`);
    assert.ok(grown(told, 'xdp_port_packets_total', { port: 'other' }) > 0.5 * scanner);
    for (const host of [53, 54, 55, 56]) {
      const address = { destination_address: `203.0.113.${host}` };
      assert.ok(grown(told, 'xdp_destination_packets_total', address) > 500, `to ${host}`);
    }
  });

  test('burst: an idle device has 20,000 packets at once', async () => {
    const told = await play('burst', 4);
    const packets = grown(told, 'xdp_packets_total');
    assert.ok(packets >= 20_000 && packets < 20_100, `${packets} packets`);
    const peak = (window: string) => sumOf(told.after, 'xdp_peak_packets', { window });
    assert.ok(peak('1s') >= 20_000, `${peak('1s')} packets in a second`);
    // In 10 ms of an idle machine it is all of them; here others run beside it.
    assert.ok(peak('10ms') > 1_000, `${peak('10ms')} packets in 10 ms`);
    const peakBefore = sumOf(told.before, 'xdp_peak_packets', { window: '1s' });
    assert.ok(peakBefore < 100, `${peakBefore} packets in a second of calm`);
  });
});
