// SPDX-License-Identifier: Apache-2.0
// What docs/kubernetes.md tells to type works, as far as that shows without a cluster.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { DEVICE } from '../../src/kernel/layout.ts';
import { DEFAULT_SLOTS } from '../../src/options/settings.ts';
import { ringSizeBytes } from '../../src/recorder/ring.ts';
import { env, helm, PROJECT, parseObjects, renderChart, skipWithoutHelm } from './support/helm.ts';

const MIB = 1024 * 1024;
const DOCUMENTS = ['docs/kubernetes.md', 'deploy/helm/xdp-exporter/README.md'];
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

/** Every command of a document, as words. */
function readCommands(path: string): string[][] {
  return [...read(path).matchAll(/```sh\n([^`]*)```/g)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .map((line) => line.split(' '));
}

const kubectl = (...args: string[]) =>
  execFileSync('kubectl', args, { env, cwd: PROJECT, encoding: 'utf8', stdio: 'pipe' });

/** By how a command begins, what can be seen of it here. */
const CHECKS: Record<string, (args: string[]) => void> = {
  'docker build': (args) => {
    assert.ok(existsSync(join(PROJECT, args.at(-1) ?? '', 'Dockerfile')));
  },
  'docker push': () => {},
  'helm upgrade': ([install, release = '', chart = '', ...flags]) => {
    assert.equal(install, '--install');
    const objects = parseObjects(helm('template', release, join(PROJECT, chart), ...flags));
    const [image] = objects.flatMap(({ kind, spec }) =>
      kind === 'DaemonSet' ? [spec.template.spec.containers[0].image] : [],
    );
    assert.match(image, /^registry\.example\.com\/xdp-exporter:\d/);
  },
  'kubectl apply': (args) => {
    assert.equal(args[0], '-k');
    assert.ok(parseObjects(kubectl('kustomize', args[1] ?? '')).length > 0);
  },
  'kubectl create': (args) => {
    kubectl('create', ...args, '--dry-run=client');
  },
  'kubectl label': ([, namespace = '', label = '']) => {
    const [made] = parseObjects(read('deploy/kubernetes/base/xdp-exporter.yaml'));
    const [name = '', value] = label.split('=');
    assert.equal(made?.['metadata'].name, namespace);
    assert.equal(made?.['metadata'].labels[name], value);
  },
  'kubectl --namespace': (args) => {
    const { kind, metadata } =
      parseObjects(read('deploy/kubernetes/base/xdp-exporter.yaml')).at(-1) ?? {};
    assert.equal(args[0], metadata.namespace);
    const end = args.indexOf('--');
    const [before, inside] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
    assert.equal(before.at(-1), `${kind.toLowerCase()}/${metadata.name}`);
    if (end >= 0) {
      // The image's PATH has no xdp-exporter: the command is what its entry point runs.
      assert.equal(inside[0], 'node');
      assert.match(read('Dockerfile'), new RegExp(`ENTRYPOINT .*"${inside[1]}"]`));
    }
  },
};

describe('the documents on Kubernetes', { skip: skipWithoutHelm }, () => {
  for (const document of DOCUMENTS) {
    for (const [command = '', verb = '', ...args] of readCommands(document)) {
      test(`${document}: "${[command, verb, ...args].join(' ')}"`, () => {
        const check = CHECKS[`${command} ${verb}`];
        assert.ok(check, 'no test knows this command');
        check(args);
      });
    }

    test(`${document} links to files that are there`, () => {
      for (const [, target = ''] of read(document).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        assert.ok(existsSync(join(PROJECT, dirname(document), target)), target);
      }
    });
  }

  // What has quotes is a label of a metric.
  const settings = read('docs/kubernetes.md').matchAll(/`(\w+(?:\.\w+)*)=([^`"][^`]*)`/g);
  for (const [, name = '', value = ''] of settings) {
    test(`the chart takes ${name}=${value}`, () => {
      assert.ok(renderChart('--set', `${name}=${value}`).length > 0);
    });
  }

  test('its table gives the size of rings and counters, and the limit holds those of 256 CPUs', () => {
    const document = read('docs/kubernetes.md');
    const rows = [
      ...document.matchAll(/^\| (\d+) \| (\d+) ([KM])iB \| (\d+) MiB \| ([\d.]+) MiB \|$/gm),
    ];
    assert.equal(rows.length, 5);
    for (const [row, cpus = '', ring, unit, rings, counters = ''] of rows) {
      const sizeBytes = ringSizeBytes(Number(cpus));
      assert.equal(sizeBytes, Number(ring) * (unit === 'K' ? 1024 : MIB), row);
      assert.equal(Number(cpus) * sizeBytes, Number(rings) * MIB, row);
      const counterMib = (Number(cpus) * DEFAULT_SLOTS * DEVICE.sizeBytes) / MIB;
      assert.equal(counterMib.toFixed(counterMib < 1 ? 1 : 0), counters, row);
      if (cpus === '256') {
        assert.ok(document.includes(`exceed ${Number(rings) + Number(counters)} MiB`));
      }
    }
    assert.ok(document.includes(`${DEVICE.sizeBytes} bytes`));
  });

  test('every folder of manifests that it names is there', () => {
    const folders = [...read('docs/kubernetes.md').matchAll(/deploy\/kubernetes\/[\w-]+/g)];
    assert.ok(folders.length >= 3);
    for (const [folder] of folders) {
      assert.ok(existsSync(join(PROJECT, folder, 'kustomization.yaml')), folder);
    }
  });
});
