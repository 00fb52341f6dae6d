// SPDX-License-Identifier: Apache-2.0
// What an ordinary run loads, since that is most of the time that it takes to start, and of the memory that it holds.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WIRE_ENTRY } from '../../src/supervisor/command.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { createNamespace, type Namespace } from './support/namespace.ts';

const LIST = fileURLToPath(new URL('./support/module-list.js', import.meta.url));
const OURS = new URL('../../src/', import.meta.url).href;

interface Modules {
  /** Of the registry. */
  readonly packages: readonly string[];
  /** Below src, in the order in which they are loaded. */
  readonly own: readonly string[];
}

/** What `node_modules` holds of a module that another one has required is not among them. */
function readModules(path: string): Modules {
  const urls = readFileSync(path, 'utf8').trimEnd().split('\n');
  const packageOf = (url: string) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  return {
    packages: [...new Set(urls.flatMap((url) => packageOf(url) ?? []))].toSorted(),
    own: urls.filter((url) => url.startsWith(OURS)).map((url) => url.slice(OURS.length)),
  };
}

/** Of the folders that have more than one use. */
function within({ own }: Modules, ...folders: readonly string[]): readonly string[] {
  return own.filter((name) => folders.some((folder) => name.startsWith(`${folder}/`))).toSorted();
}

describe('the engine of an ordinary run', { skip: skipUnlessRoot }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-modules-'));
  let namespace: Namespace;
  let exporter: ExporterProcess;
  let modules: Modules;

  before(async () => {
    namespace = await createNamespace();
    const list = join(folder, 'engine');
    exporter = await ExporterProcess.start(['--netns', namespace.name, '--device', 'v0'], {
      nodeFlags: ['--import', LIST],
      env: { XDP_TEST_MODULES: list },
    });
    await exporter.scrape();
    modules = readModules(list);
  });
  after(async () => {
    await exporter?.close();
    await namespace?.close();
    rmSync(folder, { recursive: true });
  });

  it('loads no package but those that read the options', () => {
    assert.deepEqual(modules.packages, ['valibot', 'yargs-parser']);
  });

  it('loads nothing of the help, of other commands, of files that are not named, and of the wire', () => {
    assert.deepEqual(within(modules, 'cli'), [
      'cli/command-line.js',
      'cli/flags.js',
      'cli/printable.js',
      'cli/process.js',
      'cli/progress.js',
      'cli/reload.js',
      'cli/run.js',
      'cli/service-manager.js',
    ]);
    assert.deepEqual(within(modules, 'catalogue', 'export', 'http', 'web-config', 'wire'), [
      'export/otlp/environment.js',
      'export/otlp/settings.js',
      'http/listen-address.js',
      'http/telemetry-path.js',
      'web-config/web-security.js',
    ]);
    assert.deepEqual(within(modules, 'engine/networks', 'engine/doctor', 'control', 'page'), [
      'engine/networks/load.js',
      'engine/networks/watch.js',
    ]);
  });

  it('loads what reads the kernel after all that spawns the wire, which loads at the same time', () => {
    const last = modules.own.findLastIndex((name) => name.startsWith('supervisor/'));
    const first = modules.own.findIndex((name) => /^(engine\/engine|kernel\/object)\./.test(name));
    assert.ok(last > 0 && first > last, `${last} ${first}`);
  });
});

describe('the wire without OTLP, TLS and users', () => {
  it('loads no package but those that an exposition needs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-modules-'));
    try {
      const list = join(folder, 'wire');
      const serve = new URL('serve.js', `file://${WIRE_ENTRY}`).href;
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--import', LIST, '--input-type=module', '--eval', `await import('${serve}');`],
        { env: { XDP_TEST_MODULES: list }, encoding: 'utf8' },
      );
      assert.equal(status, 0, stderr);
      const modules = readModules(list);
      assert.deepEqual(modules.packages, ['negotiator', 'prom-client']);
      assert.deepEqual(within(modules, 'export/otlp', 'passwords', 'engine', 'options'), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
