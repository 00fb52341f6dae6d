// SPDX-License-Identifier: Apache-2.0
// The Dockerfile against what surrounds it: what is copied exists and may be sent, names and versions agree.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { missingCapabilities } from '../../src/engine/capabilities.ts';
import { readBase } from '../image/support/built-image.ts';
import { readCapabilityTable, readRunFlags } from '../image/support/capability-document.ts';
import { readSecurityContext } from '../image/support/daemon-set.ts';

const PROJECT = new URL('../../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, PROJECT), 'utf8');
const manifest = () => JSON.parse(read('package.json')) as { version: string; files: string[] };

/** What the Dockerfile takes from the project, and not from another stage. */
function copied(): string[] {
  return [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, sources = '']) => sources.split(' '),
  );
}

test('every file that the Dockerfile copies exists, and .dockerignore lets through that and nothing else', () => {
  const lines = read('.dockerignore').split('\n');
  // A folder that is let through only to let a part of it through is not sent.
  const sent = lines
    .filter((line) => line.startsWith('!') && !lines.includes(`${line.slice(1)}/*`))
    .map((line) => line.slice(1));
  assert.deepEqual([...new Set(copied())].sort(), sent.sort());
  for (const name of sent) {
    assert.ok(existsSync(new URL(name, PROJECT)), name);
  }
});

test('the Dockerfile copies every file of the package that is not built', () => {
  const files = manifest().files.filter((name) => !name.startsWith('dist/'));
  assert.deepEqual(
    files.filter((name) => !copied().includes(name)),
    [],
  );
});

test('every stage starts from one base, pinned to a version of Node.js', () => {
  const froms = read('Dockerfile').match(/^FROM .*$/gm) ?? [];
  assert.ok(froms.length > 1);
  for (const from of froms) {
    assert.match(from, /^FROM \$\{BASE\}( AS \w+)?$/);
  }
  assert.match(readBase().base, /^docker\.io\/library\/node:\d+\.\d+\.\d+-bookworm-slim$/);
});

test('the label of the image has the version of the package', () => {
  assert.ok(read('Dockerfile').includes(`image.version="${manifest().version}"`));
});

test('the lockfile carries what is native for x86-64 and for arm64', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: object };
  for (const name of ['@yuuang/ffi-rs-linux', '@typescript/typescript-linux']) {
    for (const machine of ['x64', 'arm64']) {
      const libc = name.includes('ffi-rs') ? '-gnu' : '';
      assert.ok(`node_modules/${name}-${machine}${libc}` in packages, `${name}-${machine}${libc}`);
    }
  }
});

test('docs/capabilities.md has a row with the words of the exporter for every capability that it asks for', () => {
  const rows = readCapabilityTable().map(
    ({ capability, message }) => `CAP_${capability} ${message}`,
  );
  for (const missing of missingCapabilities(0n, true)) {
    const [name] = missing.split(' ');
    assert.ok(rows.includes(`${name} missing ${missing}`), missing);
  }
});

test('the DaemonSet has the security context that the image is tested with, and so has the documented command', () => {
  const capabilities = { drop: ['ALL'], add: ['BPF', 'PERFMON', 'NET_ADMIN', 'IPC_LOCK'] };
  assert.deepEqual(readSecurityContext(), {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities,
  });
  assert.deepEqual(readRunFlags(), [
    ...['--rm', '--network', 'host', '--read-only', '--cap-drop', 'ALL'],
    ...capabilities.add.flatMap((name) => ['--cap-add', name]),
    ...['--security-opt', 'no-new-privileges'],
  ]);
});
