// SPDX-License-Identifier: Apache-2.0
// Servers that answer PromQL: a real Prometheus, and VictoriaMetrics behind a collector.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findFreePort } from './free-port.ts';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface TimeSeriesServer {
  readonly url: string;
  /** The vector that an instant query answers; empty while the server is not ready. */
  query(promql: string): Promise<readonly Sample[]>;
  close(): Promise<void>;
}

/** Scrapes `target`, as "127.0.0.1:10390", each second. */
export async function startPrometheus(folder: string, target: string): Promise<TimeSeriesServer> {
  const config = join(folder, 'prometheus.yml');
  const job = `{job_name: xdp, static_configs: [{targets: [${JSON.stringify(target)}]}]}`;
  writeFileSync(config, `global: {scrape_interval: 1s}\nscrape_configs: [${job}]\n`);
  return startServer('prometheus', (address) => [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=${address}`,
    '--log.level=error',
  ]);
}

/** Takes OTLP at /opentelemetry/v1/metrics, as protobuf, and names metrics as Prometheus would. */
export async function startVictoriaMetrics(folder: string): Promise<TimeSeriesServer> {
  return startServer(ensureVictoriaMetrics(), (address) => [
    `-storageDataPath=${join(folder, 'victoria')}`,
    `-httpListenAddr=${address}`,
    '-opentelemetry.usePrometheusNaming',
    '-search.latencyOffset=0s',
    '-memory.allowedBytes=256MiB',
    '-loggerLevel=ERROR',
  ]);
}

async function startServer(
  command: string,
  argumentsOf: (address: string) => readonly string[],
): Promise<TimeSeriesServer> {
  const address = `127.0.0.1:${await findFreePort()}`;
  const child = spawn(command, argumentsOf(address), { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const url = `http://${address}`;
  return {
    url,
    async query(promql) {
      try {
        const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(promql)}`);
        const { data } = (await answer.json()) as { data?: { result?: readonly Sample[] } };
        return data?.result ?? [];
      } catch {
        return [];
      }
    },
    async close() {
      child.kill();
      await ended;
    },
  };
}

const CACHE = '/var/cache/xdp-exporter-test/victoria-metrics';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** From Debian 13, whose package needs nothing of it, by an apt that knows nothing of this machine's packages. */
function ensureVictoriaMetrics(): string {
  const binary = join(CACHE, 'usr/bin/victoria-metrics');
  if (existsSync(binary)) {
    return binary;
  }
  mkdirSync(dirname(CACHE), { recursive: true });
  const root = mkdtempSync(`${CACHE}-`);
  for (const folder of ['lists/partial', 'cache/archives/partial', 'parts']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, 'status'), '');
  writeFileSync(join(root, 'sources'), `deb [signed-by=${KEYRING}] ${findMirror()} trixie main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(root, 'sources'),
    'Dir::Etc::sourceparts': join(root, 'parts'),
    'Dir::Etc::preferencesparts': join(root, 'parts'),
    'Dir::State::lists': join(root, 'lists'),
    'Dir::State::status': join(root, 'status'),
    'Dir::Cache': join(root, 'cache'),
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, args, { cwd: root, stdio: 'pipe', timeout: 120_000 });
  run('apt-get', [...options, 'update', '-qq']);
  run('apt-get', [...options, 'download', '-qq', 'victoria-metrics']);
  run('bash', ['-c', 'dpkg-deb -x victoria-metrics_*.deb tree']);
  renameSync(join(root, 'tree'), CACHE);
  return binary;
}

/** This machine's own. */
function findMirror(): string {
  const format = ['--format', '$(ORIGIN) $(REPO_URI)', 'Created-By: Packages'];
  const lines = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' });
  const mirror = lines
    .split('\n')
    .find((line) => line.startsWith('Debian ') && !line.includes('security'));
  if (mirror === undefined) {
    throw new Error('find VictoriaMetrics: apt knows no mirror of Debian');
  }
  return mirror.slice('Debian '.length);
}
