// SPDX-License-Identifier: Apache-2.0
// A real VictoriaMetrics, which takes OTLP and answers PromQL.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { PromqlServer } from './promql.ts';

export class VictoriaMetrics extends PromqlServer {
  private constructor(folder: string, port: number) {
    const args = [
      `-storageDataPath=${join(folder, 'victoria')}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-opentelemetry.usePrometheusNaming',
      '-search.latencyOffset=0s',
      '-memory.allowedBytes=256MiB',
      '-loggerLevel=ERROR',
    ];
    super(ensureVictoriaMetrics(), args, `http://127.0.0.1:${port}`);
  }

  /** Resolves when it answers. It takes OTLP as protobuf, and names metrics as Prometheus would. */
  static async start(folder: string): Promise<VictoriaMetrics> {
    const server = new VictoriaMetrics(folder, await findFreePort());
    try {
      await server.becomeReady('/health');
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** Where to push. */
  get otlpUrl(): string {
    return `${this.url}/opentelemetry/v1/metrics`;
  }

  /** What was pushed until now can be asked for afterwards. */
  async flush(): Promise<void> {
    await fetch(`${this.url}/internal/force_flush`);
  }
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
