// SPDX-License-Identifier: Apache-2.0
// A real Prometheus server scrapes the real exporter under traffic, and promtool judges what it is given.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { until } from './support/namespace.ts';

const RATE = 50_000;

describe('Prometheus', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-prometheus-'));
    lab = await createLab({ name: 'prom' });
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
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
    const port = await freePort();
    const config = join(folder, 'prometheus.yml');
    const targets = JSON.stringify([new URL(exporter.url).host]);
    writeFileSync(
      config,
      `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: xdp, static_configs: [{targets: ${targets}}]}]\n`,
    );
    const server = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    const load = startGenerator({ ...lab.tx, durationSeconds: 60, rate: RATE });
    try {
      const query = 'sum(rate(xdp_packets_total[10s]))';
      await until(
        `${query} is within 5 % of ${RATE}`,
        async () => {
          const rate = await ask(port, query);
          return Math.abs(rate - RATE) <= 0.05 * RATE;
        },
        30,
      );
    } finally {
      await load.stop();
      server.kill();
      await once(server, 'exit');
    }
  });
});

/** The value of an instant query; 0 where there is none yet. */
async function ask(port: number, query: string): Promise<number> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
  try {
    const answer = (await (await fetch(url)).json()) as {
      data?: { result?: { value: [number, string] }[] };
    };
    return Number(answer.data?.result?.[0]?.value[1] ?? 0);
  } catch {
    return 0;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
