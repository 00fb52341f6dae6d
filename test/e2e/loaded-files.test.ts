// SPDX-License-Identifier: Apache-2.0
// The folder in which the exporter is started chooses nothing that it loads.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { DIST } from './support/dist-copy.ts';
import { ExporterProcess } from './support/exporter-process.ts';
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
});
