// SPDX-License-Identifier: Apache-2.0
// What a release holds, built twice from the last commit. Slow: "npm run release:check".
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { importBase, PROJECT } from '../image/support/built-image.ts';
import { succeed } from '../image/support/command.ts';
import { createPodman, type Podman } from '../image/support/podman.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';

const TIMEOUT_MS = 1_200_000;
const VERSION = (
  JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }
).version;
const PACKAGE = `xdp-exporter-${VERSION}.tgz`;
const CHART = `xdp-exporter-chart-${VERSION}.tgz`;
const IMAGE = `xdp-exporter-${VERSION}-amd64.oci.tar`;
const debOf = (machine: string) => `xdp-exporter_${VERSION}-1_${machine}.deb`;

interface Bill {
  readonly serialNumber: string;
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
  }[];
}

describe('a release', { skip: skipUnlessRoot }, () => {
  let podman: Podman;
  let folder: string;
  let again: string;

  before(async () => {
    podman = await createPodman();
    folder = mkdtempSync(join(tmpdir(), 'xdp-release-'));
    again = mkdtempSync(join(tmpdir(), 'xdp-release-again-'));
    await importBase(podman);
    await succeed('bash', ['scripts/release.sh', folder, '--image'], {
      cwd: PROJECT,
      env: podman.environment,
      timeoutMs: TIMEOUT_MS,
    });
    await succeed('bash', ['scripts/release.sh', again], { cwd: PROJECT, timeoutMs: TIMEOUT_MS });
  });
  after(async () => {
    for (const each of [folder, again]) {
      rmSync(each, { recursive: true, force: true });
    }
    await podman?.close();
  });

  const bill = (artefact: string) =>
    JSON.parse(readFileSync(join(folder, `${artefact}.cdx.json`), 'utf8')) as Bill;

  const listing = async (archive: string) =>
    (await succeed('tar', ['-tzf', join(folder, archive)])).trim().split('\n');

  test('holds packages, chart, image, lists of their components, licences and digests', async (t) => {
    assert.deepEqual(
      readdirSync(folder).sort(),
      [
        'SHA256SUMS',
        'THIRD-PARTY-LICENCES',
        IMAGE,
        `${IMAGE}.cdx.json`,
        PACKAGE,
        `${PACKAGE}.cdx.json`,
        CHART,
        debOf('amd64'),
        debOf('arm64'),
      ].sort(),
    );
    await succeed('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder });
    for (const line of readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n')) {
      const [digest, name = ''] = line.split(/ +/);
      t.diagnostic(`${name} ${statSync(join(folder, name)).size} ${digest}`);
    }
  });

  test('is the same to the byte each time, the image apart', () => {
    const sums = (from: string) =>
      readFileSync(join(from, 'SHA256SUMS'), 'utf8')
        .trim()
        .split('\n')
        .filter((line) => !line.includes('oci.tar'));
    assert.equal(sums(folder).length, 6);
    assert.deepEqual(sums(again), sums(folder));
  });

  test('has an npm package with the native module of both machines, and every module in its list', async () => {
    const files = await listing(PACKAGE);
    for (const machine of ['x64', 'arm64']) {
      const native = `@yuuang/ffi-rs-linux-${machine}-gnu/ffi-rs.linux-${machine}-gnu.node`;
      assert.ok(files.includes(`package/node_modules/${native}`), machine);
    }
    const modules = files
      .flatMap((file) => {
        const [, path] = /^package\/(node_modules\/.*)\/package\.json$/.exec(file) ?? [];
        const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path ?? '') ?? [];
        return name === undefined ? [] : [name];
      })
      .sort();
    assert.deepEqual([...new Set(bill(PACKAGE).components.map(({ name }) => name))].sort(), [
      ...new Set(modules),
    ]);
    const licences = readFileSync(join(folder, 'THIRD-PARTY-LICENCES'), 'utf8');
    for (const { name, version } of bill(PACKAGE).components) {
      assert.ok(
        licences.includes(`\n${name} ${version}: `) || licences.startsWith(`${name} ${version}: `),
        name,
      );
    }
  });

  test('has an image whose list names what Debian brings as well', () => {
    const { components } = bill(IMAGE);
    assert.ok(components.some(({ purl }) => purl.startsWith('pkg:deb/debian/libbpf1@')));
    assert.ok(components.some(({ purl }) => purl.startsWith('pkg:npm/prom-client@')));
    assert.notEqual(bill(IMAGE).serialNumber, bill(PACKAGE).serialNumber);
  });

  test('has a chart that installs from its file', async () => {
    const helm = join(PROJECT, '.cache/kube/helm');
    await succeed(helm, ['lint', '--strict', join(folder, CHART)]);
    const manifests = await succeed(helm, ['template', 'x', join(folder, CHART)]);
    assert.match(manifests, /^kind: DaemonSet$/m);
  });

  test('has Debian packages in which lintian finds no error', async () => {
    for (const machine of ['amd64', 'arm64']) {
      await succeed('lintian', ['--fail-on', 'error', join(folder, debOf(machine))], {
        timeoutMs: TIMEOUT_MS,
      });
    }
  });
});
