// SPDX-License-Identifier: Apache-2.0
// What is committed under deploy is what "npm run render" writes, and kustomize takes it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { env, PROJECT, parseObjects, skipWithoutHelm } from './support/helm.ts';
import { type KubernetesObject, validateObject } from './support/schemas.ts';

const KUBERNETES = join(PROJECT, 'deploy/kubernetes');
const VARIANTS = ['base', 'otlp', 'prometheus-operator'];

function readManifests(variant: string): KubernetesObject[] {
  return parseObjects(readFileSync(join(KUBERNETES, variant, 'xdp-exporter.yaml'), 'utf8'));
}

/** Paths of all files below a folder, from there, with their contents. */
function readTree(folder: string): Map<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]),
  );
}

const byName = ({ kind, metadata }: KubernetesObject) => `${kind}/${metadata.name}`;

describe('the files that are made from others', { skip: skipWithoutHelm }, () => {
  test('are committed as they would be made now', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-render-'));
    try {
      const script = join(PROJECT, 'scripts/render.sh');
      execFileSync('bash', [script, folder], { env, stdio: 'pipe', timeout: 60_000 });
      const made = readTree(join(folder, 'deploy'));
      const committed = readTree(join(PROJECT, 'deploy'));
      assert.deepEqual([...committed.keys()].sort(), [...made.keys()].sort());
      for (const [path, text] of made) {
        assert.equal(committed.get(path), text, `deploy${path}: type npm run render`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  for (const variant of VARIANTS) {
    test(`deploy/kubernetes/${variant} holds objects that Kubernetes takes, and their namespace first`, () => {
      const objects = readManifests(variant);
      assert.equal(objects[0]?.['kind'], 'Namespace');
      for (const object of objects) {
        validateObject(object);
        assert.equal(object['metadata'].labels['app.kubernetes.io/managed-by'], undefined);
      }
    });

    test(`"kubectl kustomize deploy/kubernetes/${variant}" gives the same objects`, () => {
      const folder = join(KUBERNETES, variant);
      const yaml = execFileSync('kubectl', ['kustomize', folder], { env, encoding: 'utf8' });
      const sorted = (objects: KubernetesObject[]) =>
        objects.sort((a, b) => byName(a).localeCompare(byName(b)));
      assert.deepEqual(sorted(parseObjects(yaml)), sorted(readManifests(variant)));
    });
  }

  test('hold the rules and the dashboards as they are, template marks included', () => {
    const objects = readManifests('prometheus-operator');
    const rules = readTree(join(PROJECT, 'deploy/prometheus/'));
    const groups = [...rules].sort().flatMap(([, text]) => parseObjects(text)[0]?.['groups'] ?? []);
    assert.ok(groups.length > 0);
    assert.deepEqual(objects.find(({ kind }) => kind === 'PrometheusRule')?.['spec'], { groups });
    const dashboards = readdirSync(join(PROJECT, 'grafana')).filter((name) => /\.json$/.test(name));
    assert.ok(dashboards.length > 0);
    const data = objects.filter(({ kind }) => kind === 'ConfigMap').map((object) => object['data']);
    for (const name of dashboards) {
      const text = readFileSync(join(PROJECT, 'grafana', name), 'utf8');
      assert.ok(
        data.some((files) => files[name] === text),
        name,
      );
    }
  });

  test('differ where their names say so', () => {
    const kinds = (variant: string) => readManifests(variant).map(({ kind }) => kind);
    assert.deepEqual(kinds('base'), ['Namespace', 'ServiceAccount', 'Service', 'DaemonSet']);
    assert.deepEqual(kinds('otlp'), kinds('base'));
    assert.ok(kinds('prometheus-operator').includes('PodMonitor'));
    const otlp = readFileSync(join(KUBERNETES, 'otlp/xdp-exporter.yaml'), 'utf8');
    assert.match(otlp, /name: OTEL_EXPORTER_OTLP_ENDPOINT/);
  });
});
