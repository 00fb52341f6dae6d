// SPDX-License-Identifier: Apache-2.0
// Types in what the documents say, word for word, in a copy of the project and a namespace whose device is "eth0".
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { INSTALL } from './support/install.ts';
import { createNamespace, type Namespace, run, until } from './support/namespace.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const COPIED = [
  'bpf',
  'deploy',
  'grafana',
  'scripts',
  'src',
  'test',
  'dist',
  'package.json',
  'package-lock.json',
].concat(
  ['tsconfig.json', 'biome.json', '.clang-format', '.npmrc', 'README.md', 'LICENSE'],
  ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'],
);
const PROMETHEUS =
  'prometheus --config.file=deploy/prometheus/prometheus.yml --storage.tsdb.path=/tmp/xdp-prometheus --web.listen-address=127.0.0.1:9190';
const QUERY = "curl -s 'http://127.0.0.1:9190/api/v1/query?query=xdp_device_up'";
const CURL = 'curl -s http://127.0.0.1:10390/metrics | grep ^xdp_packets_total';

describe('the documents', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let namespace: Namespace;
  const tried = new Set<string>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-documents-'));
    for (const name of COPIED) {
      cpSync(join(PROJECT, name), join(folder, name), {
        recursive: true,
        preserveTimestamps: true,
      });
    }
    symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    namespace = await createNamespace();
    await namespace.ip('link', 'set', 'v0', 'down');
    await namespace.ip('link', 'set', 'v0', 'name', 'eth0', 'up');
    await namespace.ip('addr', 'add', '192.0.2.1/24', 'dev', 'v1');
  });
  after(async () => {
    await namespace?.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync('/tmp/xdp-prometheus', { recursive: true, force: true });
  });

  /** Starts what a document says, as the leader of a process group of its own. */
  function type(command: string): ChildProcess {
    tried.add(command);
    return spawn('nsenter', [`--net=${netnsPath(namespace)}`, 'bash', '-c', command], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async function outputOf(command: string): Promise<string> {
    const child = type(command);
    const output = collect(child);
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), 120_000);
    const [code] = await once(child, 'close');
    clearTimeout(timer);
    assert.equal(code, 0, `${command}: ${output()}`);
    return output();
  }

  const passed = async () => {
    const text = await outputOf(CURL).catch(() => '');
    return Number(/action="pass"\} (\d+)/.exec(text)?.[1] ?? Number.NaN);
  };

  async function end(child: ChildProcess): Promise<void> {
    signalGroup(child, 'SIGINT');
    await once(child, 'close');
  }

  test('the demo serves rising counters, and Ctrl-C removes everything', async () => {
    const demo = type('npm run demo');
    const output = collect(demo);
    await until('the demo serves', async () => (await passed()) > 0, 60);
    const first = await passed();
    await until('the counter rises', async () => (await passed()) > first);
    const [, netns = 'none'] = /network namespace "([^"]+)"/.exec(output()) ?? [];
    const isThere = async () => (await run('ip', 'netns', 'list')).split(/\s/).includes(netns);
    assert.ok(await isThere(), output());
    await end(demo);
    assert.ok(!(await isThere()), netns);
  });

  test('the second start of the demo has nothing left to set up, and tells the story that it is asked for', async () => {
    const demo = type('npm run demo -- --scenario flood');
    const output = collect(demo);
    await until('the demo serves', async () => (await passed()) > 0);
    await until('it tells', () => /^0:00 {2}calm: .*; flood begins at 0:45$/m.test(output()));
    assert.match(output(), /^top: +npm run top -- --netns xdp-demo-\d+-rx demo0$/m);
    await end(demo);
    assert.doesNotMatch(output(), /^setup: /m);
  });

  test('the demo that observes shows what a filter drops, or ends with 2', async () => {
    const demo = type('npm run demo -- --observe');
    const output = collect(demo);
    const dropped = /, [1-9][\d,]* of them dropped by the filter$/m;
    await until('it does', () => demo.exitCode !== null || dropped.test(output()), 60);
    if (demo.exitCode === null) {
      await end(demo);
    } else {
      assert.equal(demo.exitCode, 2, output());
    }
  });

  test('npm start counts on eth0', async () => {
    const exporter = type('npm start -- --device eth0');
    await until('the exporter serves', async () => !Number.isNaN(await passed()));
    await end(exporter);
  });

  test('Prometheus with our configuration answers what devices there are', async () => {
    const exporter = type('npm start -- --device eth0');
    const prometheus = type(PROMETHEUS);
    try {
      await until(
        'it has scraped',
        async () => /"1"\]/.test(await outputOf(QUERY).catch(() => '')),
        60,
      );
    } finally {
      await end(prometheus);
      await end(exporter);
    }
  });

  test('OTLP goes where the document says, at the latest when the exporter ends', async () => {
    const collector = spawn('nsenter', [
      `--net=${netnsPath(namespace)}`,
      process.execPath,
      '--eval',
      "require('node:http').createServer((q, r) => { q.resume(); console.log(q.method, q.url); r.end('{}') }).listen(4318)",
    ]);
    try {
      let received = '';
      collector.stdout.on('data', (chunk) => {
        received += chunk;
      });
      const exporter = type('npm start -- --device eth0 --otlp.endpoint http://localhost:4318');
      await until('the exporter serves', async () => !Number.isNaN(await passed()));
      await end(exporter);
      assert.match(received, /^POST \/v1\/metrics$/m);
    } finally {
      collector.kill();
    }
  });

  test('top prints a table each second', async () => {
    const top = type('npm run top -- --device eth0');
    const output = collect(top);
    await until('two tables', () => output().split('eth0  native').length > 2);
    await end(top);
  });

  test('log prints ten packets', async () => {
    // Nobody has these addresses: each is asked for by broadcast.
    const script = 'for host in {2..254}; do ping -c 1 -W 0.1 192.0.2.$host; done >/dev/null 2>&1';
    const broadcasts = spawn('ip', ['netns', 'exec', namespace.name, 'bash', '-c', script]);
    try {
      const output = await outputOf('npm run log -- --device eth0 --count 10');
      assert.equal(output.match(/^\S+Z eth0 +\d+ pass +- +- +arp /gm)?.length, 10);
    } finally {
      broadcasts.kill();
    }
  });

  test('the configuration for Prometheus is valid', () => {
    const [, yaml = ''] =
      /```yaml\n(.*?)```/s.exec(readFileSync(join(PROJECT, 'README.md'), 'utf8')) ?? [];
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, yaml);
    execFileSync('promtool', ['check', 'config', '--syntax-only', file]);
  });

  test('nothing was left untried', () => {
    const said = ['README.md', 'CONTRIBUTING.md'].flatMap((name) => {
      const text = readFileSync(join(PROJECT, name), 'utf8');
      return [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
        block.trim().split('\n'),
      );
    });
    // Those for a cluster are judged where docs/kubernetes.md is.
    const ofCluster = readFileSync(join(PROJECT, 'docs/kubernetes.md'), 'utf8').split('\n');
    // This very run is what "npm test" does, and package.test.ts is about the package.
    const elsewhere = [...ofCluster, ...Object.values(INSTALL), 'npm test'];
    assert.deepEqual(
      said.filter((command) => !tried.has(command) && !elsewhere.includes(command)),
      [],
    );
  });
});

function collect({ stdout }: ChildProcess): () => string {
  let text = '';
  stdout?.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

function netnsPath({ name }: Namespace): string {
  return `/run/netns/${name}`;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) {
    process.kill(-pid, signal);
  }
}
