// SPDX-License-Identifier: Apache-2.0
// A scan of every port at made-up destinations: series and memory stay bounded, and what is heavy keeps its name.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab } from '../../src/demo/lab.ts';
import type { MixEntry } from '../../src/generator/stream.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { exporterBytes } from './support/memory.ts';
import { atRest } from './support/outcomes.ts';

const MIB = 1024 * 1024;
/** Of each list; as many again may have left in the last five minutes, and there is "other". */
const KEYS = 20;
const MAX_SERIES = 2 * KEYS + 1;

const ALL_PORTS = 65_535;
/** Each port some twenty times, in three scans: the first one fills tables and rings. */
const WARM_UP = 1_000_000;
const FRAMES = 1_500_000;
const SERVER = '203.0.113.9';
const HEAVY: MixEntry = {
  family: 4,
  protocol: 'tcp',
  port: 443,
  flags: ['psh', 'ack'],
  sources: { kind: 'cycle', count: 5, prefix: '192.0.2.1/24' },
  destinations: { kind: 'fixed', prefix: `${SERVER}/32` },
};
const SCAN: MixEntry = {
  family: 4,
  protocol: 'tcp',
  weight: 9,
  port: { from: 1, to: ALL_PORTS },
  flags: ['syn'],
  sources: { kind: 'uniform', count: 2 ** 24 - 1, prefix: '10.0.0.1/8' },
  destinations: { kind: 'uniform', count: 2 ** 17 - 1, prefix: '198.18.0.1/15' },
};

const seriesOf = (samples: Samples, noun: string) =>
  [...samples.keys()].filter((series) => series.startsWith(`xdp_${noun}_packets_total{`));

describe('a scan of every port', { skip: skipUnlessRoot }, () => {
  it('has no more series and memory than any traffic, and hides nobody', async (t) => {
    const lab = await createLab({ name: 'scan' });
    t.after(() => lab.close());
    const exporter = await ExporterProcess.start([
      ...['--netns', lab.rx.netns, '--device', lab.rx.device],
      ...['--logger.sample', '1', '--logger.ring-kib', '32768'],
      ...['--top.sources', String(KEYS), '--top.destinations', String(KEYS)],
      ...['--top.ports', String(KEYS)],
    ]);
    t.after(() => exporter.close());
    let sent = 0;
    const scan = async (frames: number) => {
      const plan = { ...lab.tx, frames, mix: [HEAVY, SCAN], rate: 400_000, cpu: 0 };
      sent += (await startGenerator(plan).done).sent;
      assert.equal((await atRest(exporter, sent)).decoded, sent);
      const samples = await exporter.scrape();
      for (const noun of ['source', 'destination', 'port']) {
        const { length } = seriesOf(samples, noun);
        assert.ok(length <= MAX_SERIES, `${length} series by ${noun}`);
        assert.equal(sumOf(samples, `xdp_${noun}_packets_total`), sent, noun);
      }
      return samples;
    };

    const before = await scan(WARM_UP);
    const memory = exporterBytes(exporter.pid);
    const after = await scan(FRAMES);
    const grown = exporterBytes(exporter.pid) - memory;
    assert.ok(grown <= 16 * MIB, `memory grew by ${(grown / MIB).toFixed(1)} MiB`);
    t.diagnostic(`memory ${(memory / MIB).toFixed(1)} MiB, then ${(grown / MIB).toFixed(1)} more`);

    const more = (name: string, labels: Readonly<Record<string, string>>) =>
      sumOf(after, name, labels) - sumOf(before, name, labels);
    const heavy = FRAMES / 10;
    assert.equal(more('xdp_destination_packets_total', { destination_address: SERVER }), heavy);
    for (const source of [1, 2, 3, 4, 5]) {
      const labels = { source_address: `192.0.2.${source}` };
      assert.equal(more('xdp_source_packets_total', labels), heavy / 5, labels.source_address);
    }
    const scanned = more('xdp_port_packets_total', { protocol: 'tcp', port: '443' }) - heavy;
    const least = Math.floor((FRAMES - heavy) / ALL_PORTS);
    assert.ok(scanned === least || scanned === least + 1, `${scanned} of the scan at port 443`);
    assert.equal(more('xdp_tcp_packets_total', { flags: 'syn' }), FRAMES - heavy);
    assert.equal(more('xdp_tcp_packets_total', { flags: 'other' }), heavy);
  });
});
