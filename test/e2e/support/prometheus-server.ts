// SPDX-License-Identifier: Apache-2.0
// A real Prometheus server with a configuration of the test's, and its HTTP API.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from './exposition.ts';
import { until } from './namespace.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Unix seconds and values, in the order of time; one of them for an instant query. */
  readonly points: readonly (readonly [number, number])[];
}

/** As /api/v1/rules has it. */
export interface RuleState {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  readonly lastError?: string;
}

export interface TimeRange {
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly stepSeconds: number;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly result?: readonly {
      readonly metric: Record<string, string>;
      readonly value?: [number, string];
      readonly values?: [number, string][];
    }[];
    readonly groups?: readonly { readonly rules: readonly RuleState[] }[];
  };
}

export class PrometheusServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #url: string;

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url;
  }

  /** Resolves when it answers. @param config the text of its configuration file */
  static async start(config: string): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-prometheus-'));
    writeFileSync(join(folder, 'prometheus.yml'), config);
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    const server = new PrometheusServer(child, folder, `http://127.0.0.1:${port}`);
    try {
      await until('Prometheus is ready', () => server.#isReady(), 20);
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** With one target that it scrapes every second, under the job "xdp". @param url of the metrics */
  static scraping(url: string): Promise<PrometheusServer> {
    const targets = JSON.stringify([new URL(url).host]);
    return PrometheusServer.start(
      `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: xdp, static_configs: [{targets: ${targets}}]}]\n`,
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async #isReady(): Promise<boolean> {
    const response = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
    return response?.ok === true;
  }

  /** @param time Unix seconds; now, by default */
  async query(expr: string, time?: number): Promise<readonly Series[]> {
    const parameters = { query: expr, ...(time === undefined ? {} : { time: `${time}` }) };
    return toSeries(await this.#ask('query', parameters));
  }

  /** The answer to an instant query, without the labels "job" and "instance". */
  async samples(expr: string): Promise<readonly Sample[]> {
    return (await this.query(expr)).map(({ metric, points }) => {
      const { __name__: name = '', job: _job, instance: _instance, ...labels } = metric;
      return { name, labels, value: points[0]?.[1] ?? Number.NaN };
    });
  }

  async queryRange(expr: string, range: TimeRange): Promise<readonly Series[]> {
    const { start, end, stepSeconds } = range;
    return toSeries(
      await this.#ask('query_range', {
        query: expr,
        start: `${start}`,
        end: `${end}`,
        step: `${stepSeconds}`,
      }),
    );
  }

  async rules(): Promise<readonly RuleState[]> {
    const { data } = await this.#ask('rules', {});
    return data?.groups?.flatMap(({ rules }) => rules) ?? [];
  }

  /** Rejects with what Prometheus says of a query that it refuses. */
  async #ask(path: string, parameters: Record<string, string>): Promise<Answer> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as Answer;
    if (answer.status !== 'success') {
      throw new Error(`ask Prometheus ${JSON.stringify(parameters)}: ${answer.error}`);
    }
    return answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill();
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function toSeries({ data }: Answer): readonly Series[] {
  return (data?.result ?? []).map(({ metric, value, values }) => ({
    metric,
    points: (values ?? (value === undefined ? [] : [value])).map(
      ([time, text]) => [time, Number(text)] as const,
    ),
  }));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
