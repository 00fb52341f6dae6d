// SPDX-License-Identifier: Apache-2.0
// The npm package as users get it: packed, installed elsewhere, run on a machine without a compiler.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { INSTALL } from './support/install.ts';
import { createNamespace, type Namespace } from './support/namespace.ts';

const UNWANTED = /^dist\/test|\.ts$|\.c$|\.h$/;
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

describe('the packed package', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let namespace: Namespace | undefined;
  let files: string[];
  let installed: string;

  /** With settings of npm; in the folder, unless it must be another. */
  const type = (command: string, settings: Readonly<Record<string, string>> = {}, cwd = folder) => {
    const names = Object.entries(settings).map(([name, value]) => [`NPM_CONFIG_${name}`, value]);
    // Those that "npm test" hands on are spelt otherwise and would win: the package would go to this machine's own folder.
    const ours = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
    const env = {
      ...Object.fromEntries(ours),
      PATH: `${folder}/bin:${process.env['PATH']}`,
      ...Object.fromEntries(names),
    };
    // Takes a quarter of a minute; npm itself was seen to hang.
    return execFileSync('bash', ['-c', command], { cwd, env, encoding: 'utf8', timeout: 300_000 });
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-package-'));
    installed = join(folder, 'lib/node_modules/xdp-exporter');
    // Whatever npm runs while it installs goes through this shell, and leaves a trace.
    const shell = join(folder, 'shell');
    const trace = `#!/bin/sh\necho "$@" >>${join(folder, 'scripts-run')}\n`;
    writeFileSync(shell, trace, { mode: 0o755 });
    // The build that "prepack" would do has been done, and other tests are running from it.
    const destination = { IGNORE_SCRIPTS: 'true', JSON: 'true', PACK_DESTINATION: folder };
    const [packed] = JSON.parse(type(INSTALL.pack, destination, PROJECT));
    files = packed.files.map((file: { path: string }) => file.path);
    // With nothing but the file: no registry, no cache.
    const alone = { OFFLINE: 'true', CACHE: join(folder, 'cache'), SCRIPT_SHELL: shell };
    type(INSTALL.install, { ...alone, PREFIX: folder });
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
      files.filter((path) => !path.startsWith('node_modules/') && UNWANTED.test(path)),
      [],
    );
  });

  test('installs the versions that were tested, and runs no script', () => {
    const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
      packages: Record<
        string,
        { version: string; dev?: true; devOptional?: true; optional?: true }
      >;
    };
    // TypeScript is an optional peer of another package: for those who develop, and left out of ours.
    const wanted = Object.entries(packages).filter(
      ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional,
    );
    assert.ok(wanted.length > 50, `${wanted.length} packages`);
    for (const [path, { version, optional }] of wanted) {
      const manifest = join(installed, path, 'package.json');
      if (optional !== true || existsSync(manifest)) {
        assert.equal(JSON.parse(readFileSync(manifest, 'utf8')).version, version, path);
      }
    }
    assert.ok(!existsSync(join(folder, 'scripts-run')));
  });

  test('answers --version by the name of its command', () => {
    const version = type(INSTALL.version);
    assert.match(version, /^\d+\.\d+\.\d+\n$/);
  });

  test('counts on a device where no compiler can be found, and serves the live page', async () => {
    namespace = await createNamespace();
    const bin = join(folder, 'node-alone');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    const main = join(installed, 'dist/src/main.js');
    const exporter = await ExporterProcess.start(['--netns', namespace.name, '--device', 'v0'], {
      main,
      env: { PATH: bin },
    });
    try {
      const samples = await exporter.scrape();
      assert.equal(samples.get('xdp_device_up{device="v0"}'), 1);
      for (const name of ['uplot.js', 'main.js', 'page.css', 'icon.svg']) {
        assert.ok((await exporter.get(`/live/page/${name}`)).length > 100, name);
      }
    } finally {
      await exporter.close();
    }
  });
});
