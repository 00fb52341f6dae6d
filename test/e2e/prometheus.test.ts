// SPDX-License-Identifier: Apache-2.0
// A real Prometheus server scrapes the real exporter under traffic, and promtool judges what it is given.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { until } from './support/namespace.ts';
import { PrometheusServer } from './support/prometheus-server.ts';

const RATE = 50_000;

describe('Prometheus', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'prom' });
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  test('promtool finds nothing to say of a real scrape', async () => {
    const load = startGenerator({ ...lab.tx, frames: 1000 });
    await load.done;
    const input = await exporter.get('metrics');
    assert.match(input, /^xdp_packets_total\{device="demo0",action="pass"\} \d+$/m);
    const said = execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    assert.equal(said, '');
  });

  test('Prometheus scrapes OpenMetrics, and knows the type, help and unit of what it is given', async () => {
    const server = await PrometheusServer.scraping(exporter.url);
    try {
      await until(
        'it has scraped',
        async () => (await server.metadata('xdp_packets')) !== undefined,
        30,
      );
      const known = [];
      for (const metric of ['xdp_packets', 'xdp_bytes', 'xdp_packet_size_bytes']) {
        const { type, unit, help } = (await server.metadata(metric)) ?? {};
        known.push([metric, type, unit, help?.replace(/ .*/, '')]);
      }
      assert.deepEqual(known, [
        ['xdp_packets', 'counter', '', 'Frames'],
        ['xdp_bytes', 'counter', 'bytes', 'Bytes'],
        ['xdp_packet_size_bytes', 'histogram', 'bytes', 'Frames'],
      ]);
      const memory = await server.metadata('process_resident_memory_bytes');
      assert.deepEqual([memory?.type, memory?.unit], ['gauge', 'bytes']);
    } finally {
      await server.close();
    }
  });

  test('promtool finds nothing to say of a scrape without the metrics of the process', async () => {
    const other = await createLab({ name: 'prom2' });
    const quiet = await ExporterProcess.start([
      '--netns',
      other.rx.netns,
      '--device',
      other.rx.device,
      '--web.disable-exporter-metrics',
    ]);
    try {
      const input = await quiet.get('metrics');
      const said = execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      assert.equal(said, '');
      assert.doesNotMatch(input, /^(?!#|xdp_)./m);
      assert.match(input, /^xdp_exporter_build_info/m);
    } finally {
      await quiet.close();
      await other.close();
    }
  });

  test('a server answers a rate within 5 % of what is sent', async () => {
    const server = await PrometheusServer.scraping(exporter.url);
    const load = startGenerator({ ...lab.tx, durationSeconds: 60, rate: RATE });
    try {
      const query = 'sum(rate(xdp_packets_total[10s]))';
      await until(
        `${query} is within 5 % of ${RATE}`,
        async () => {
          const rate = (await server.query(query))[0]?.points[0]?.[1] ?? 0;
          return Math.abs(rate - RATE) <= 0.05 * RATE;
        },
        30,
      );
    } finally {
      await load.stop();
      await server.close();
    }
  });
});
