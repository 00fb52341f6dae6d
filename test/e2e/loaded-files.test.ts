// SPDX-License-Identifier: Apache-2.0
// The folder in which the exporter is started chooses nothing that it loads, and NODE_OPTIONS add nothing that stays.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { DIST } from './support/dist-copy.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { upOf } from './support/exposition.ts';
import { createNamespace, type Namespace } from './support/namespace.ts';
import { wireOf } from './support/wire-pid.ts';

describe('a working directory that holds files of the names that are loaded', {
  skip: skipUnlessRoot,
}, () => {
  let namespace: Namespace;
  let folder: string;

  before(async () => {
    namespace = await createNamespace();
    folder = mkdtempSync(join(tmpdir(), 'xdp-elsewhere-'));
    for (const name of ['libbpf.so.1', 'libc.so.6', 'libelf.so.1', 'libz.so.1']) {
      writeFileSync(join(folder, name), 'no library');
    }
    // Each would end the process that loads it.
    for (const name of ['ffi-rs', 'prom-client', 'valibot', 'yargs']) {
      mkdirSync(join(folder, 'node_modules', name), { recursive: true });
      writeFileSync(join(folder, 'node_modules', name, 'index.js'), 'process.exit(42);');
    }
    for (const place of ['bpf', 'dist/bpf']) {
      mkdirSync(join(folder, place), { recursive: true });
      cpSync(join(DIST, 'test/bpf/rejected.bpf.o'), join(folder, place, 'xdp_exporter.bpf.o'));
    }
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await namespace?.close();
  });

  test('has no say in what either process loads', async () => {
    const args = ['--netns', namespace.name, '--device', 'v0'];
    const exporter = await ExporterProcess.start(args, { wrapper: ['env', '-C', folder] });
    try {
      assert.equal(upOf(await exporter.scrape(), 'v0'), 1);
      const wire = wireOf(exporter.pid) ?? assert.fail('there is no wire');
      for (const pid of [exporter.pid, wire]) {
        const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
        assert.match(maps, /libc\.so\.6$/m);
        assert.ok(!maps.includes(folder));
      }
      assert.match(readFileSync(`/proc/${exporter.pid}/maps`, 'utf8'), / \/\S*libbpf\.so\.1/);
    } finally {
      await exporter.close();
    }
  });

  test('has a say by NODE_OPTIONS in nothing that goes on: one line, and nothing is attached', async () => {
    const file = join(folder, 'agent.mjs');
    writeFileSync(file, 'process.stderr.write("agent loaded\\n");');
    const listen = ['--web.listen-address', '127.0.0.1:0'];
    const ended = await runMain(['run', '--netns', namespace.name, '--device', 'v0', ...listen], {
      env: { NODE_OPTIONS: `--import=${file}` },
    });
    assert.equal(ended.code, 2, ended.stderr);
    assert.equal(
      ended.stderr,
      'agent loaded\nxdp-exporter: check NODE_OPTIONS: "--import" loads code that is not the exporter\'s into a process that can read the machine\'s memory; leave it out\n',
    );
    assert.equal(await namespace.xdpProgramId('v0'), undefined);
  });
});
