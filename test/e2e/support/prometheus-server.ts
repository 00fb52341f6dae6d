// SPDX-License-Identifier: Apache-2.0
// A real Prometheus server, with storage of its own, that scrapes one target every second.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from './exposition.ts';

export interface PrometheusServer {
  /** The answer to an instant query, without the labels "job" and "instance"; empty where there is none yet. */
  query(promql: string): Promise<Sample[]>;
  close(): Promise<void>;
}

/** Its job is "xdp". @param url of the metrics */
export async function startPrometheus(url: string): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  const targets = JSON.stringify([new URL(url).host]);
  writeFileSync(
    config,
    `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: xdp, static_configs: [{targets: ${targets}}]}]\n`,
  );
  const port = await freePort();
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
  await once(server, 'spawn');
  return {
    query: (promql) => ask(port, promql),
    async close() {
      server.kill();
      await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Answer {
  readonly data?: {
    readonly result?: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [timeS: number, value: string];
    }[];
  };
}

async function ask(port: number, promql: string): Promise<Sample[]> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(promql)}`;
  try {
    const answer = (await (await fetch(url)).json()) as Answer;
    return (answer.data?.result ?? []).map(({ metric, value }) => {
      const { __name__: name = '', job: _job, instance: _instance, ...labels } = metric;
      return { name, labels, value: Number(value[1]) };
    });
  } catch {
    return [];
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
