// SPDX-License-Identifier: Apache-2.0
// Sources, destinations and ports through the real binary: each series exact, and every packet in one of them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { MixEntry } from '../../src/generator/stream.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { until } from './support/namespace.ts';

const PORTS = 50;
/** All ports have joined after these. */
const FIRST = 2_000;
const FRAMES = 200_000;
/** Halves of the traffic by destination, and a fifth by port of UDP. */
const MIX: readonly MixEntry[] = [
  {
    family: 4,
    protocol: 'udp',
    port: { from: 1000, to: 1000 + PORTS - 1 },
    sources: { kind: 'cycle', count: 4, prefix: '192.0.2.1/24' },
  },
  { family: 6, protocol: 'tcp', port: 443, length: 90 },
];

describe('top lists', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'lists' });
    exporter = await ExporterProcess.start([
      ...[
        '--netns',
        lab.rx.netns,
        '--device',
        lab.rx.device,
        '--top.new-series-per-hour',
        '1000000',
      ],
      ...['--top.sources', '10', '--top.destinations', '10', '--top.ports', String(PORTS + 1)],
    ]);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  async function send(frames: number): Promise<void> {
    const { sent } = await startGenerator({ ...lab.tx, frames, mix: MIX, rate: 100_000 }).done;
    assert.equal(sent, frames);
  }

  async function scrapeWhen(what: string, isSo: (samples: Samples) => boolean): Promise<Samples> {
    let samples: Samples = await exporter.scrape();
    await until(what, async () => {
      samples = await exporter.scrape();
      return isSo(samples);
    });
    return samples;
  }

  it('have every packet in exactly one series, and each series exact', async () => {
    await send(FIRST);
    const before = await scrapeWhen('all ports have joined', (samples) => {
      const series = [...samples.keys()].filter((name) => name.startsWith('xdp_port_packets'));
      return series.length === PORTS + 2;
    });
    await send(FRAMES);
    const all = FIRST + FRAMES;
    const later = await scrapeWhen(
      `${all} packets are decoded`,
      (samples) => sumOf(samples, 'xdp_logger_packets_total', { outcome: 'decoded' }) === all,
    );
    const grown = (name: string, labels?: Readonly<Record<string, string>>) =>
      sumOf(later, name, labels) - sumOf(before, name, labels);
    const half = FRAMES / 2;
    for (let port = 1000; port < 1000 + PORTS; port++) {
      const labels = { protocol: 'udp', port: String(port) };
      assert.equal(grown('xdp_port_packets_total', labels), half / PORTS, `port ${port}`);
      assert.equal(grown('xdp_port_bytes_total', labels), (60 * half) / PORTS, `port ${port}`);
    }
    assert.equal(grown('xdp_port_packets_total', { protocol: 'tcp', port: '443' }), half);
    const toIpv4 = { destination_address: '198.18.0.1' };
    assert.equal(grown('xdp_destination_packets_total', toIpv4), half);
    assert.equal(
      grown('xdp_destination_bytes_total', { destination_address: '2001:2::1' }),
      90 * half,
    );
    assert.equal(grown('xdp_source_packets_total', { source_address: '192.0.2.3' }), half / 4);
    for (const list of ['source', 'destination', 'port']) {
      assert.equal(sumOf(later, `xdp_${list}_packets_total`), all, list);
      assert.equal(grown(`xdp_${list}_bytes_total`), (60 + 90) * half, list);
    }
  });
});
