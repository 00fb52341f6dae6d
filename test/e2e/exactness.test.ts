// SPDX-License-Identifier: Apache-2.0
// Native mode: N frames sent are N counted, by CPU, by byte and by size, through the real binary and its /metrics.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { GeneratorOptions } from '../../src/generator/options.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { until } from './support/namespace.ts';

const MILLION = 1_000_000;

describe('the counters in native mode', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'exact' });
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  const generate = (options: Partial<GeneratorOptions>) =>
    startGenerator({ ...lab.tx, ...options }).done;

  /** Scrapes before and after, once every frame that was sent has been counted. */
  async function difference(
    send: () => Promise<number>,
  ): Promise<(name: string, labels?: Labels) => number> {
    const earlier = await exporter.scrape();
    const sent = await send();
    let later: Samples = earlier;
    await until(`${sent} more packets are counted`, async () => {
      later = await exporter.scrape();
      return sumOf(later, 'xdp_packets_total') - sumOf(earlier, 'xdp_packets_total') >= sent;
    });
    return (name, labels) => sumOf(later, name, labels) - sumOf(earlier, name, labels);
  }
  type Labels = Readonly<Record<string, string>>;

  for (const cpu of [0, 1]) {
    test(`a million frames on CPU ${cpu} are a million on that CPU and none on another`, async () => {
      const length = 60 + 40 * cpu;
      const grown = await difference(async () => {
        const mix = [{ family: 4, protocol: 'udp', length }] as const;
        return (await generate({ frames: MILLION, cpu, mix })).sent;
      });
      const pass = { action: 'pass' };
      assert.equal(grown('xdp_cpu_packets_total', { ...pass, cpu: `${cpu}` }), MILLION);
      assert.equal(grown('xdp_cpu_packets_total'), MILLION);
      assert.equal(grown('xdp_packets_total', pass), MILLION);
      assert.equal(grown('xdp_packets_total'), MILLION);
      assert.equal(grown('xdp_bytes_total', pass), MILLION * length);
    });
  }

  test('frames on both CPUs at once add up exactly', async () => {
    const grown = await difference(async () => {
      const results = await Promise.all([0, 1].map((cpu) => generate({ frames: MILLION, cpu })));
      return results.reduce((sum, { sent }) => sum + sent, 0);
    });
    assert.equal(grown('xdp_packets_total'), 2 * MILLION);
    assert.equal(grown('xdp_cpu_packets_total', { cpu: '0' }), MILLION);
    assert.equal(grown('xdp_cpu_packets_total', { cpu: '1' }), MILLION);
  });

  test('each length from 60 to 1514 once: bytes and histogram are exact', async () => {
    const lengths = Array.from({ length: 1514 - 60 + 1 }, (_, index) => 60 + index);
    const grown = await difference(async () => {
      const mix = [{ family: 4, protocol: 'udp', length: { from: 60, to: 1514 } }] as const;
      return (await generate({ frames: lengths.length, mix })).sent;
    });
    const bytes = lengths.reduce((sum, length) => sum + length, 0);
    assert.equal(grown('xdp_packets_total'), lengths.length);
    assert.equal(grown('xdp_bytes_total'), bytes);
    assert.equal(grown('xdp_packet_size_bytes_sum'), bytes);
    assert.equal(grown('xdp_packet_size_bytes_count'), lengths.length);
    for (const le of [64, 128, 256, 512, 1024, 2048]) {
      const expected = lengths.filter((length) => length <= le).length;
      assert.equal(grown('xdp_packet_size_bytes_bucket', { le: `${le}` }), expected, `le ${le}`);
    }
  });

  test('no counter goes back in 1,000 scrapes under full load', async () => {
    const load = startGenerator({ ...lab.tx, durationSeconds: 60 });
    try {
      let last = await exporter.scrape();
      for (let scrape = 0; scrape < 1000; scrape++) {
        const next = await exporter.scrape();
        for (const [series, value] of next) {
          if (/_(total|count|sum|bucket)\b/.test(series)) {
            assert.ok(
              value >= (last.get(series) ?? 0),
              `${series} went from ${last.get(series)} to ${value}`,
            );
          }
        }
        last = next;
      }
    } finally {
      await load.stop();
    }
  });

  test('ten scrapes at once cause one read of the kernel', async () => {
    const bodies = await Promise.all(Array.from({ length: 10 }, () => exporter.get('metrics')));
    const durations = bodies.map((body) => /^xdp_scrape_collector_duration.*$/m.exec(body)?.[0]);
    assert.ok(new Set(durations).size < 10, 'no two scrapes shared a read');
  });
});
