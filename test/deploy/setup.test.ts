// SPDX-License-Identifier: Apache-2.0
// The scripts install what they need whatever the caller's environment says, and run nothing that is not theirs.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SCRIPTS = fileURLToPath(new URL('../../../scripts/', import.meta.url));

/** Each of them alone keeps "npm ci" from installing all that is needed. */
const HOSTILE = {
  NODE_ENV: 'production',
  // npm separates the items of a list so.
  NPM_CONFIG_OMIT: 'dev\n\noptional',
  NPM_CONFIG_GLOBAL: 'true',
  NPM_CONFIG_DRY_RUN: 'true',
  NPM_CONFIG_BIN_LINKS: 'false',
  NODE_OPTIONS: '--max-old-space-size=256',
};

/** A project as small as can be: one module of each kind, from folders beside it. */
function makeProject(folder: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const name of ['always', 'optional', 'dev']) {
    write(`modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', bin: 'x.js' }));
    write(`modules/${name}/x.js`, '');
  }
  const manifest = {
    name: 'small',
    version: '1.0.0',
    dependencies: { always: 'file:modules/always' },
    optionalDependencies: { optional: 'file:modules/optional' },
    devDependencies: { dev: 'file:modules/dev' },
  };
  write('package.json', JSON.stringify(manifest));
  const lock = ['install', '--package-lock-only', '--offline', '--no-audit', '--no-fund'];
  execFileSync('npm', lock, { cwd: folder, stdio: 'pipe' });
  for (const path of ['bpf/x', 'grafana/src/x', 'src/x', 'test/x', 'tsconfig.json']) {
    write(path, '');
  }
  cpSync(SCRIPTS, join(folder, 'scripts'), { recursive: true });
  // What is there need not be built.
  write('dist/.built', '');
}

describe('the scripts', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-setup-'));
    makeProject(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('set up all modules from a deleted directory, in an environment that is against it', () => {
    const gone = 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$@"';
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', gone, 'bash', 'env', 'PATH=', '/bin/bash', join(folder, 'scripts/setup.sh')],
      { encoding: 'utf8', env: { ...process.env, ...HOSTILE } },
    );
    assert.equal(status, 0, stderr);
    for (const name of ['always', 'optional', 'dev']) {
      assert.ok(existsSync(join(folder, 'node_modules', name)), name);
      assert.ok(existsSync(join(folder, 'node_modules/.bin', name)), name);
    }
  });

  test('run no tool that is not installed here, and fetch none', () => {
    const trace = join(folder, 'npx-was-run');
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'npx'), `#!/bin/sh\n: >${trace}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
    for (const script of ['check.sh', 'coverage.sh', 'layout.sh']) {
      const options = { env, encoding: 'utf8' } as const;
      const { status, stderr } = spawnSync('bash', [join(folder, 'scripts', script)], options);
      assert.notEqual(status, 0, script);
      assert.match(stderr, /node_modules\/\.bin\/\w+: No such file/, script);
      assert.ok(!existsSync(trace), script);
    }
  });
});
