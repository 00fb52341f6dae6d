// SPDX-License-Identifier: Apache-2.0
// A real Prometheus server with a configuration of the test's.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sample } from './exposition.ts';
import { findFreePort } from './free-port.ts';
import { PromqlServer } from './promql.ts';

/** As /api/v1/rules has it. */
export interface RuleState {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  readonly lastError?: string;
}

/** As /api/v1/alerts has it. */
export interface AlertState {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** As /api/v1/metadata has it. */
export interface Metadata {
  readonly type: string;
  readonly help: string;
  /** Empty where the format has none. */
  readonly unit: string;
}

/** Another one than that on the path, where the environment names it. */
const PROMETHEUS = process.env['PROMETHEUS'] ?? 'prometheus';

interface StartOptions {
  /** Of Prometheus, beside those that every test needs. */
  readonly flags?: readonly string[];
  /** Samples that it has from before, as `writePast` writes them. */
  readonly past?: string;
}

export class PrometheusServer extends PromqlServer {
  readonly #folder: string;

  private constructor(folder: string, port: number, flags: readonly string[]) {
    const args = [
      ...flags,
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ];
    super(PROMETHEUS, args, `http://127.0.0.1:${port}`);
    this.#folder = folder;
  }

  /**
   * Resolves when it answers.
   * @param config the text of its configuration file
   */
  static async start(
    config: string,
    { flags = [], past = '' }: StartOptions = {},
  ): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-prometheus-'));
    writeFileSync(join(folder, 'prometheus.yml'), config);
    if (past !== '') {
      const file = join(folder, 'past.txt');
      writeFileSync(file, `${past}# EOF\n`);
      const into = ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')];
      await promisify(execFile)('promtool', into);
    }
    const server = new PrometheusServer(folder, await findFreePort(), flags);
    try {
      await server.becomeReady('/-/ready');
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** With one target that it scrapes every second, under the job "xdp". @param url of the metrics */
  static scraping(url: string, flags: readonly string[] = []): Promise<PrometheusServer> {
    const targets = JSON.stringify([new URL(url).host]);
    return PrometheusServer.start(
      `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: xdp, static_configs: [{targets: ${targets}}]}]\n`,
      { flags },
    );
  }

  /** The answer to an instant query, without the labels "job" and "instance". */
  async samples(expr: string): Promise<readonly Sample[]> {
    return (await this.query(expr)).map(({ metric, points }) => {
      const { __name__: name = '', job: _job, instance: _instance, ...labels } = metric;
      return { name, labels, value: points[0]?.[1] ?? Number.NaN };
    });
  }

  async rules(): Promise<readonly RuleState[]> {
    const data = await this.ask<{ groups: { rules: RuleState[] }[] }>('rules', {});
    return data?.groups.flatMap(({ rules }) => rules) ?? [];
  }

  async alerts(): Promise<readonly AlertState[]> {
    return (await this.ask<{ alerts: AlertState[] }>('alerts', {}))?.alerts ?? [];
  }

  /** Of a metric family that it has scraped. */
  async metadata(metric: string): Promise<Metadata | undefined> {
    const data = await this.ask<Record<string, Metadata[]>>('metadata', { metric });
    return data?.[metric]?.[0];
  }

  override async close(): Promise<void> {
    await super.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
