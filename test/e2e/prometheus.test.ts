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
