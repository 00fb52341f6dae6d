// SPDX-License-Identifier: Apache-2.0
// What is in the image, compared with its base.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { IMAGE, PROJECT, readBase } from './support/built-image.ts';
import {
  commandsOf,
  type Entry,
  EXECUTABLE,
  readTree,
  SET_ID,
  WRITABLE_BY_OTHERS,
} from './support/file-tree.ts';
import type { Podman } from './support/podman.ts';

/** Where a build mounts its own; an empty file stays. */
const PODMANS = '/etc/hosts';
/** What modules that are compiled with them name among what they run on. */
const TYPES = /node_modules\/(@types\/.*|undici-types)$/;
/** What the image runs, and the link to it. */
const ENTRY = '/app/dist/src/main.js';
const COMMAND = '/usr/local/bin/xdp-exporter';
const SIZE_LIMIT_BYTES = 30e6;

/** @param podman that has the image, once tests run */
export function testContents(getPodman: () => Podman): void {
  describe('by its contents', () => {
    let base: Map<string, Entry>;
    let image: Map<string, Entry>;

    before(async () => {
      const treeOf = async (name: string) =>
        readTree((await getPodman().run(['image', 'mount', name])).trim());
      base = await treeOf(readBase().base);
      image = await treeOf(IMAGE);
    });

    test('is at most 30 MB beyond its base', async (t) => {
      const sizeOf = async (name: string) =>
        Number(await getPodman().run(['image', 'inspect', '--format', '{{.Size}}', name]));
      const beyond = (await sizeOf(IMAGE)) - (await sizeOf(readBase().base));
      t.diagnostic(`${(beyond / 1e6).toFixed(1)} MB beyond the base`);
      assert.ok(beyond > 0 && beyond <= SIZE_LIMIT_BYTES, `${beyond} bytes`);
    });

    test('has no command that the base lacks but its own, and neither npm nor a compiler', () => {
      const had = commandsOf(base);
      assert.ok(had.includes('/usr/local/bin/npm') && had.includes('/usr/local/bin/yarn'));
      const has = commandsOf(image);
      assert.deepEqual(
        has.filter((command) => !had.includes(command)),
        [COMMAND],
      );
      assert.ok(has.includes('/usr/local/bin/node'));
      const unwanted = /\/(npm|npx|corepack|yarn|yarnpkg|clang\S*|gcc\S*|cc|llvm\S*|curl|wget)$/;
      assert.deepEqual(
        has.filter((command) => unwanted.test(command)),
        [],
      );
      assert.deepEqual(
        [...image.keys()].filter((path) => /\/node_modules\/(npm|corepack|\.bin)$/.test(path)),
        [],
      );
    });

    test('adds only what root alone may write, and what runs with nobody else’s rights', () => {
      const added = [...image].filter(([path]) => !base.has(path));
      assert.ok(added.length > 1000);
      const bad = added.filter(
        ([, { uid, gid, mode, kind }]) =>
          uid !== 0 ||
          gid !== 0 ||
          kind === 'other' ||
          (kind !== 'link' && (mode & WRITABLE_BY_OTHERS) !== 0) ||
          (kind === 'file' && (mode & SET_ID) !== 0),
      );
      assert.deepEqual(bad, []);
    });

    test('adds no file that can be executed but its entry', () => {
      const runnable = [...image].filter(
        ([path, { kind, mode }]) =>
          !base.has(path) && path !== PODMANS && kind === 'file' && (mode & EXECUTABLE) !== 0,
      );
      assert.deepEqual(
        runnable.map(([path]) => path),
        [ENTRY],
      );
    });

    test('has its command on the path, for "kubectl exec"', async () => {
      const run = (...args: string[]) =>
        getPodman().run(['run', '--rm', '--network=none', '--entrypoint', ...args]);
      const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
      assert.equal((await run('xdp-exporter', IMAGE, '--version')).trim(), version);
    });

    test('holds the package: its programs, its licence, no sources and no tests', () => {
      const ours = [...image.keys()].filter((path) => /^\/app\/(?!node_modules)/.test(path));
      for (const name of ['package.json', 'LICENSE', 'dist/bpf/xdp_exporter.bpf.o'].concat(
        'dist/src/page/page.css',
      )) {
        assert.ok(ours.includes(`/app/${name}`), name);
      }
      assert.deepEqual(
        ours.filter((path) => /\.(ts|map|c|h)$|\/test\/|package-lock/.test(path)),
        [],
      );
    });

    test('holds the modules that it runs on, and nothing that only those who develop need', () => {
      const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
        packages: Record<string, { dev?: true; devOptional?: true }>;
      };
      const modules = [...image.keys()].flatMap(
        (path) => /^\/app\/(.*node_modules\/(?:@[^/]+\/)?[^/@]+)$/.exec(path)?.[1] ?? [],
      );
      assert.ok(modules.includes('node_modules/prom-client') && modules.length > 50);
      const known = (path: string) =>
        packages[path] ?? assert.fail(`${path} is not in the lockfile`);
      assert.deepEqual(
        modules.filter((path) => known(path).dev || known(path).devOptional || TYPES.test(path)),
        [],
      );
      assert.deepEqual(
        [...image.keys()].filter((path) => /^\/app\/.*\.(map|[cm]?ts|tsbuildinfo)$/.test(path)),
        [],
      );
    });

    test('says what it is: labels, entry point, signal, health check', async () => {
      const [{ Config: config, Healthcheck: check }] = JSON.parse(
        await getPodman().run(['image', 'inspect', IMAGE]),
      );
      const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
      const label = (name: string) => config.Labels[`org.opencontainers.image.${name}`];
      assert.equal(label('title'), 'xdp-exporter');
      assert.equal(label('version'), version);
      assert.match(label('licenses'), /^Apache-2\.0 AND /);
      assert.equal(label('source'), 'https://github.com/xdp-exporter/xdp-exporter');
      assert.equal(label('base.name'), readBase().base);
      assert.deepEqual(config.Entrypoint, ['/usr/local/bin/node', '--disable-sigusr1', ENTRY]);
      assert.deepEqual(config.Cmd, ['run']);
      assert.equal(config.StopSignal, 'SIGTERM');
      assert.deepEqual(check.Test.slice(0, 2), ['CMD', '/usr/local/bin/node']);
    });
  });
}
