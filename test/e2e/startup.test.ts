// SPDX-License-Identifier: Apache-2.0
// Wherever it is started it works, or says in one line what is in the way, before anything is attached.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { copyOfDist, type DistCopy } from './support/dist-copy.ts';
import { type Ended, ExporterProcess, runMain } from './support/exporter-process.ts';
import { upOf } from './support/exposition.ts';
import { createNamespace, type Namespace, run, until } from './support/namespace.ts';

const ANY_PORT = ['--web.listen-address', '127.0.0.1:0'];

/** For `wrapper`: a shell that does something, then becomes the exporter. */
const shell = (script: string) => ['sh', '-c', `${script} && exec "$0" "$@"`];

/** As though the library were not there: only for the process and its children. */
async function without(library: string): Promise<string[]> {
  const paths = await run('ldconfig', '-p');
  const path = paths.split('\n').find((line) => line.trim().startsWith(`${library} `));
  assert.ok(path !== undefined, library);
  const hide = `mount --bind /dev/null "$(readlink -f ${path.split('=> ')[1]})"`;
  return ['unshare', '--mount', ...shell(hide)];
}

function assertRefused({ code, stderr }: Ended, expected: number, line: RegExp): void {
  assert.match(stderr, line);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  assert.equal(code, expected);
}

describe('a start', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  let args: string[];
  before(async () => {
    namespace = await createNamespace();
    args = ['--netns', namespace.name, '--device', 'v0'];
  });
  after(() => namespace?.close());

  test('in a directory that has been deleted: it counts', async () => {
    const wrapper = shell('cd "$(mktemp -d)" && rmdir "$PWD"');
    const exporter = await ExporterProcess.start(args, { wrapper });
    try {
      assert.equal(upOf(await exporter.scrape(), 'v0'), 1);
    } finally {
      await exporter.close();
    }
  });

  for (const path of ['', '.', undefined]) {
    test(`of the demo with PATH "${path}": it runs no "ip" of the working directory`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'xdp-foreign-'));
      const trace = join(folder, 'foreign-ip-was-run');
      writeFileSync(join(folder, 'ip'), `#!/bin/sh\n: >${trace}\n`, { mode: 0o755 });
      const wrapper = ['/usr/bin/env', '--chdir', folder];
      wrapper.push(...(path === undefined ? ['--unset=PATH'] : [`PATH=${path}`]));
      try {
        const demo = ['demo', '--duration', '1', '--rate', '1000', ...ANY_PORT];
        const { code, stdout, stderr } = await runMain(demo, { wrapper });
        assert.equal(code, 0, stderr);
        const [, sent, counted] = /^sent (\S+) packets, counted (\S+)$/m.exec(stdout) ?? [];
        assert.ok(sent !== undefined && sent === counted, stdout);
        assert.ok(!existsSync(trace));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  const refused: readonly {
    what: string;
    wrapper: () => string[] | Promise<string[]>;
    line: RegExp;
  }[] = [
    {
      what: 'with 32 open files',
      wrapper: () => shell('ulimit -n 32'),
      line: /check the limit of open files: "32" is below \d+; raise it \(ulimit -n \d+, or LimitNOFILE=/,
    },
    {
      what: 'without libbpf',
      wrapper: () => without('libbpf.so.1'),
      line: /load "libbpf.so.1": .*; install libbpf 1.x \(Debian and Ubuntu: libbpf1; Fedora: libbpf\)/,
    },
    {
      what: 'without librt, which ffi-rs wants',
      wrapper: () => without('librt.so.1'),
      line: /load "ffi-rs": .*librt\.so\.1.*; install .*\(Debian and Ubuntu: libc6; Fedora: glibc\)/,
    },
    {
      what: 'in a user namespace',
      wrapper: () => ['unshare', '--user', '--map-root-user'],
      line: /start the exporter: .* user namespace, whose capabilities do not count for BPF; run it/,
    },
  ];
  for (const { what, wrapper, line } of refused) {
    test(`${what}: exit 2 and one line, before anything is attached`, async () => {
      const ended = await runMain([...args, ...ANY_PORT], { wrapper: await wrapper() });
      assertRefused(ended, 2, line);
      assert.equal(await namespace.xdpProgramId('v0'), undefined);
    });
  }

  test('of the demo in a user namespace: exit 2 and the same line', async () => {
    const ended = await runMain(['demo'], { wrapper: ['unshare', '--user', '--map-root-user'] });
    assertRefused(ended, 2, /user namespace, whose capabilities do not count for BPF/);
  });

  test('of the demo that observes: the verdicts of its filter, or exit 2 and why this kernel does not let it', async () => {
    const demo = ['demo', '--observe', '--duration', '1', '--rate', '1000', ...ANY_PORT];
    const ended = await runMain(demo);
    if (ended.code === 0) {
      assert.match(ended.stdout, /^sent (\S+) packets, counted \1, \S+ of them dropped by/m);
    } else {
      const refusal =
        /: demonstrate observing: observe program "demo_flood_filt\w*" \(id \d+\) on "demo0": .*: E[A-Z]+; .*; run the demo without --observe$/m;
      assertRefused(ended, 2, refusal);
      assert.equal(ended.stdout, '');
    }
  });
});

describe('a package with a file that is missing or damaged', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  let copy: DistCopy;
  before(async () => {
    namespace = await createNamespace();
  });
  after(() => namespace?.close());
  beforeEach(() => {
    copy = copyOfDist();
  });
  afterEach(() => copy.remove());

  const start = (...more: string[]) =>
    runMain(['--netns', namespace.name, '--device', 'v0', ...ANY_PORT, ...more], {
      main: copy.main,
    });

  test('names the file and the remedy', async () => {
    rmSync(copy.file('src/cli/run.js'));
    const line = /load modules: .*\/dist\/src\/cli\/run\.js'.*; reinstall xdp-exporter/;
    assertRefused(await start(), 1, line);
  });

  test('names the folder where Node does not name the damaged file', async () => {
    truncateSync(copy.file('src/cli/run.js'), 500);
    assertRefused(await start(), 1, /load the modules in "\/.*": one is damaged: .*; reinstall/);
  });

  test('names a file that only OTLP needs', async () => {
    rmSync(copy.file('src/export/otlp/push.js'));
    const { stderr, code } = await start('--otlp.endpoint', 'http://127.0.0.1:9');
    const last = stderr.trim().split('\n').at(-1) ?? '';
    assert.match(last, /^xdp-exporter: load modules: .*\/export\/otlp\/push\.js'.*; reinstall/);
    assert.equal(code, 1);
    assert.equal(await namespace.xdpProgramId('v0'), undefined);
  });

  test('names a file that only the generator of the demo needs', async () => {
    rmSync(copy.file('src/generator/run.js'));
    const { stderr, code } = await runMain(['demo', ...ANY_PORT], { main: copy.main });
    const last = stderr.trim().split('\n').at(-1) ?? '';
    assert.match(last, /^xdp-exporter: generate traffic: .*\/generator\/run\.js'.*; reinstall/);
    assert.equal(code, 1);
  });

  test('that vanishes from under a running exporter: it counts on, and names what it misses', async () => {
    const devices = ['--device', 'v0', '--device', 'late*'];
    const exporter = await ExporterProcess.start(['--netns', namespace.name, ...devices], {
      main: copy.main,
    });
    try {
      copy.remove();
      await namespace.ip('link', 'add', 'late0', 'type', 'veth', 'peer', 'name', 'peer0');
      await until('the new device is refused', () => exporter.log.includes('late0'));
      const samples = await exporter.scrape();
      assert.deepEqual([upOf(samples, 'v0'), upOf(samples, 'late0')], [1, 0]);
      assert.match(exporter.log, /open BPF object .*\/dist\/bpf\/.*: ENOENT; .*reinstall/);
      assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
    } finally {
      await exporter.close();
    }
  });

  test('opens no debugger on SIGUSR1 while it loads', async () => {
    writeFileSync(
      copy.file('src/cli/process.js'),
      `process.stderr.write('loading');
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
       export const runProcess = () => process.exit(0);`,
    );
    const child = spawn(process.execPath, [copy.main], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await once(child.stderr, 'data');
    child.kill('SIGUSR1');
    const [code] = await once(child, 'close');
    assert.deepEqual([code, stderr], [0, 'loading']);
  });
});
