// SPDX-License-Identifier: Apache-2.0
// Twelve named networks through the real binary: each exact, also while the file that names them changes.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { MixEntry } from '../../src/generator/stream.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { until } from './support/namespace.ts';

const NETWORK_SOURCES = 16;
/** Of the ten networks of 16 addresses, and as many of no network. */
const SOURCES = 11 * NETWORK_SOURCES;
const EACH = 200;
const THIRD = SOURCES * EACH;
const FRAMES = 3 * THIRD;
const MIX: readonly MixEntry[] = [
  {
    family: 4,
    protocol: 'udp',
    sources: { kind: 'cycle', count: SOURCES, prefix: '192.0.2.0/24' },
  },
  {
    family: 6,
    protocol: 'tcp',
    length: 90,
    sources: { kind: 'cycle', count: 10, prefix: '2001:db8:1::1/64' },
  },
  {
    family: 6,
    protocol: 'udp',
    length: 100,
    sources: { kind: 'cycle', count: 10, prefix: '2001:db8:2::1/64' },
  },
];
const RELOADED = 'xdp_exporter_file_last_reload_successful{file="top.networks-file"}';
const NETWORKS: Record<string, string[]> = {
  ...Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [
      `site ${index}`,
      [`192.0.2.${NETWORK_SOURCES * index}/28`],
    ]),
  ),
  host: ['192.0.2.5'],
  six: ['2001:db8:1::/48', '203.0.113.0/24'],
};

describe('named networks', { skip: skipUnlessRoot }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-networks-'));
  const path = join(folder, 'networks.yaml');
  let lab: Lab;
  let exporter: ExporterProcess | undefined;
  let version = 0;
  let sent = 0;

  /** As a volume of Kubernetes does: the file is a link into a folder that is itself a link, which is replaced. */
  function publish(text: string): void {
    const data = `..${++version}`;
    mkdirSync(join(folder, data));
    writeFileSync(join(folder, data, 'networks.yaml'), text);
    symlinkSync(data, join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
  }

  before(async () => {
    symlinkSync(join('..data', 'networks.yaml'), path);
    publish(JSON.stringify(NETWORKS));
    lab = await createLab({ name: 'networks' });
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
    rmSync(folder, { recursive: true });
  });

  const args = () => ['--netns', lab.rx.netns, '--device', lab.rx.device];

  async function start(...more: string[]): Promise<ExporterProcess> {
    sent = 0;
    return ExporterProcess.start([...args(), '--top.networks-file', path, ...more]);
  }

  /** What is counted once all that was sent is. */
  async function send(running: ExporterProcess): Promise<Samples> {
    await startGenerator({ ...lab.tx, frames: FRAMES, mix: MIX, rate: 100_000 }).done;
    sent += FRAMES;
    let samples: Samples = await running.scrape();
    await until(`${sent} packets are counted`, async () => {
      samples = await running.scrape();
      return (
        sumOf(samples, 'xdp_packets_total') === sent &&
        sumOf(samples, 'xdp_logger_pending_packets') === 0
      );
    });
    return samples;
  }

  const packetsOf = (samples: Samples, network: string) =>
    sumOf(samples, 'xdp_network_packets_total', { network });

  async function logged(text: string): Promise<void> {
    await until(text, async () => exporter?.log.includes(text) ?? false);
  }

  it('that are wrong end the start with 2 and their line, with nothing attached', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, 'office:\n  - 192.0.2.0/24\n  - 192.0.2.1/24\n');
    const message = `xdp-exporter: read ${bad}:3 "192.0.2.1/24": it has host bits set; write "192.0.2.0/24"\n`;
    for (const more of [[], ['--config.check']]) {
      const ended = await runMain(['run', ...args(), '--top.networks-file', bad, ...more]);
      assert.deepEqual([ended.code, ended.stderr], [2, message]);
    }
  });

  it('have exactly their packets and bytes, and "other" has the rest', async () => {
    exporter = await start('--logger.sample', '1', '--logger.ring-kib', '16384');
    const samples = await send(exporter);
    const expected = {
      ...Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [`site ${index}`, NETWORK_SOURCES * EACH]),
      ),
      'site 0': (NETWORK_SOURCES - 1) * EACH,
      host: EACH,
      six: THIRD,
      other: NETWORK_SOURCES * EACH + THIRD,
    };
    for (const [network, packets] of Object.entries(expected)) {
      assert.equal(packetsOf(samples, network), packets, network);
    }
    const bytes = (network: string) => sumOf(samples, 'xdp_network_bytes_total', { network });
    assert.equal(bytes('site 1'), 60 * NETWORK_SOURCES * EACH);
    assert.equal(bytes('six'), 90 * THIRD);
    assert.equal(bytes('other'), 60 * NETWORK_SOURCES * EACH + 100 * THIRD);
    assert.equal(sumOf(samples, 'xdp_network_packets_total'), FRAMES);
  });

  it('change with the file: who stays goes on, who goes keeps its value, who comes begins', async () => {
    const { host: _, 'site 1': one, ...rest } = NETWORKS;
    publish(JSON.stringify({ ...rest, 'new one': one, rest: ['::/0', '0.0.0.0/0'] }, null, 1));
    await logged('msg="reloaded networks" names=12 prefixes=14');
    assert.ok(exporter);
    const samples = await send(exporter);
    assert.equal(packetsOf(samples, 'site 0'), (NETWORK_SOURCES - 1 + NETWORK_SOURCES) * EACH);
    assert.equal(packetsOf(samples, 'host'), EACH);
    assert.equal(packetsOf(samples, 'site 1'), NETWORK_SOURCES * EACH);
    assert.equal(packetsOf(samples, 'new one'), NETWORK_SOURCES * EACH);
    assert.equal(packetsOf(samples, 'rest'), NETWORK_SOURCES * EACH + THIRD);
    assert.equal(packetsOf(samples, 'other'), NETWORK_SOURCES * EACH + THIRD);
    assert.equal(sumOf(samples, 'xdp_network_packets_total'), 2 * FRAMES);
    assert.equal(samples.get(RELOADED), 1);
  });

  it('stay as they were where the file is wrong, which is said', async () => {
    publish('six: [2001:db8::/32]\nother: [192.0.2.0/24]\n');
    await logged(
      `read ${path}:2 \\"other\\": this name is reserved for all other frames; choose another; the previous networks stay in force`,
    );
    rmSync(join(folder, '..data'));
    await logged(`look at file of networks \\"${path}\\": no such file; the previous networks`);
    assert.ok(exporter);
    const samples = await send(exporter);
    assert.equal(packetsOf(samples, 'new one'), 2 * NETWORK_SOURCES * EACH);
    assert.equal(packetsOf(samples, 'six'), 3 * THIRD);
    assert.equal(sumOf(samples, 'xdp_network_packets_total'), 3 * FRAMES);
    assert.equal(samples.get(RELOADED), 0);
  });

  it('are read again on SIGHUP', async () => {
    assert.ok(exporter);
    publish('six: [2001:db8::/32]\n');
    process.kill(exporter.pid, 'SIGHUP');
    await logged('msg="reloaded networks" names=1 prefixes=1');
    const samples = await send(exporter);
    assert.equal(packetsOf(samples, 'six'), 3 * THIRD + 2 * THIRD);
    assert.equal(packetsOf(samples, 'site 0'), 3 * NETWORK_SOURCES * EACH - EACH);
    await exporter.close();
    exporter = undefined;
  });

  it('add up to the packets where those are sampled, with aggregated sources and without any', async () => {
    publish(JSON.stringify(NETWORKS));
    for (const more of [
      ['--top.prefix-v4', '24', '--top.prefix-v6', '32'],
      ['--top.sources', '0'],
    ]) {
      const sampling = await start('--logger.sample', '10', ...more);
      try {
        const samples = await send(sampling);
        const all = sumOf(samples, 'xdp_port_packets_total');
        assert.ok(Math.abs(all - FRAMES) < 0.05 * FRAMES, `${all}`);
        assert.equal(sumOf(samples, 'xdp_network_packets_total'), all);
        const six = packetsOf(samples, 'six');
        assert.ok(Math.abs(six - THIRD) < 0.1 * THIRD, `${six}`);
        const host = packetsOf(samples, 'host');
        assert.ok(host > EACH / 3 && host < 3 * EACH, `${host}`);
      } finally {
        await sampling.close();
      }
    }
  });
});
