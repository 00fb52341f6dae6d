// SPDX-License-Identifier: Apache-2.0
// The npm package as users get it: packed, installed elsewhere, run on a machine without a compiler.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { createNamespace, type Namespace } from './support/namespace.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

describe('the packed package', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let namespace: Namespace | undefined;
  let files: string[];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-package-'));
    // The build that "prepack" would do has been done, and other tests are running from it.
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const [packed] = JSON.parse(execFileSync('npm', args, { cwd: PROJECT, encoding: 'utf8' }));
    files = packed.files.map((file: { path: string }) => file.path);
    const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--prefer-offline'];
    execFileSync('npm', [...install, join(folder, packed.filename)], { stdio: 'pipe' });
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await namespace?.close();
  });

  test('holds compiled code, compiled programs and documents, but no test and no source', () => {
    assert.ok(files.includes('dist/src/main.js'));
    assert.ok(files.includes('dist/bpf/xdp_exporter.bpf.o'));
    assert.ok(files.includes('deploy/systemd/xdp-exporter.service'));
    assert.ok(files.includes('README.md') && files.includes('LICENSE'));
    assert.deepEqual(
      files.filter((path) => /^dist\/test|\.ts$|\.c$|\.h$/.test(path)),
      [],
    );
  });

  test('answers --version by the name of its command', () => {
    const command = join(folder, 'node_modules/.bin/xdp-exporter');
    const version = execFileSync(command, ['--version'], { encoding: 'utf8' });
    assert.match(version, /^\d+\.\d+\.\d+\n$/);
  });

  test('counts on a device where no compiler can be found', async () => {
    namespace = await createNamespace();
    const bin = join(folder, 'bin');
    execFileSync('mkdir', [bin]);
    symlinkSync(process.execPath, join(bin, 'node'));
    const main = join(folder, 'node_modules/xdp-exporter/dist/src/main.js');
    const exporter = await ExporterProcess.start(['--netns', namespace.name, '--device', 'v0'], {
      main,
      env: { PATH: bin },
    });
    try {
      const samples = await exporter.scrape();
      assert.equal(samples.get('xdp_device_up{device="v0"}'), 1);
    } finally {
      await exporter.close();
    }
  });
});
