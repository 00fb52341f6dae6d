// SPDX-License-Identifier: Apache-2.0
// What docs/kubernetes.md tells to type works, as far as that shows without a cluster.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { DEVICE } from '../../src/kernel/layout.ts';
import { isCommand } from '../../src/options/commands.ts';
import { DEFAULT_SLOTS } from '../../src/options/settings.ts';
import { ringSizeBytes } from '../../src/recorder/ring.ts';
import { env, helm, PROJECT, parseObjects, renderChart, skipWithoutHelm } from './support/helm.ts';
import { containerOf, find } from './support/objects.ts';
import { type KubernetesObject, validateObject } from './support/schemas.ts';

const MIB = 1024 * 1024;
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

/** Other commands of it are typed by another test. */
const IN_PART = 'docs/control.md';

const DOCUMENTS = ['docs/kubernetes.md', IN_PART, 'deploy/helm/xdp-exporter/README.md'];

/** Every command of a document that is about Kubernetes, as words. */
function readCommands(path: string): string[][] {
  return [...read(path).matchAll(/```sh\n([^`]*)```/g)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .map((line) => line.split(' '))
    .filter(([command]) => path !== IN_PART || command === 'kubectl');
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
    assert.match(containerOf(objects)['image'], /^registry\.example\.com\/xdp-exporter:\d/);
  },
  'kubectl apply': (args) => {
    assert.equal(args[0], '-k');
    assert.ok(parseObjects(kubectl('kustomize', args[1] ?? '')).length > 0);
  },
  'kubectl create': (args) => {
    kubectl('create', ...args, '--dry-run=client');
  },
  'kubectl label': (args) => {
    const [kind, object = '', label = ''] = args;
    if (kind === 'node') {
      assertTypedWell('label', ...args);
      return;
    }
    const [made] = parseObjects(read('deploy/kubernetes/base/xdp-exporter.yaml'));
    const [name = '', value] = label.split('=');
    assert.equal(made?.['metadata'].name, object);
    assert.equal(made?.['metadata'].labels[name], value);
  },
  'kubectl get': (args) => {
    assertTypedWell('get', ...args);
    const { namespace, labels } = readDaemonSet()['metadata'];
    const [, inPath, port] =
      /^\/api\/v1\/namespaces\/([\w-]+)\/pods\/POD:(\d+)\/proxy\/metrics$/.exec(args[1] ?? '') ??
      [];
    assert.equal(inPath, namespace);
    assert.equal(Number(port), containerOf([readDaemonSet()])['ports'][0].containerPort, labels);
  },
  'helm rollback': ([release, ...flags]) => {
    assert.equal(release, readDaemonSet()['metadata'].name);
    assert.deepEqual(flags, ['--namespace', readDaemonSet()['metadata'].namespace]);
  },
  'kubectl --namespace': ([namespace, verb = '', ...args]) => {
    assertTypedWell('--namespace', namespace ?? '', verb, ...args);
    const daemonSet = readDaemonSet();
    assert.equal(namespace, daemonSet['metadata'].namespace);
    const selector = args[args.indexOf('--selector') + 1] ?? '';
    if (args.includes('--selector')) {
      const [name = '', value] = selector.split('=');
      assert.equal(daemonSet['spec'].template.metadata.labels[name], value);
    } else if (verb === 'exec') {
      const [command, subcommand] = args.slice(args.indexOf('--') + 1);
      assert.match(
        read('Dockerfile'),
        new RegExp(`^RUN ln -s \\S+ /usr/local/bin/${command}$`, 'm'),
      );
      assert.ok(subcommand !== undefined && isCommand(subcommand), subcommand);
    } else if (verb === 'rollout') {
      assert.equal(args.at(-1), `daemonset/${daemonSet['metadata'].name}`);
    } else {
      assert.deepEqual([verb, ...args.slice(0, 2)], ['create', 'secret', 'tls']);
      assert.ok(read('docs/kubernetes.md').includes(`webConfig.tlsSecret=${args[2]}`));
    }
  },
};

function readDaemonSet(): KubernetesObject {
  return find(parseObjects(read('deploy/kubernetes/base/xdp-exporter.yaml')), 'DaemonSet');
}

/** kubectl knows each word and flag, so that nothing fails but the connection: there is no cluster. */
function assertTypedWell(...args: string[]): void {
  const end = args.indexOf('--') < 0 ? args.length : args.indexOf('--');
  const nowhere = ['--server=http://127.0.0.1:1', '--request-timeout=5s'];
  const { status, stderr } = spawnSync(
    'kubectl',
    [...args.slice(0, end), ...nowhere, ...args.slice(end)],
    { env, encoding: 'utf8', timeout: 20_000 },
  );
  assert.notEqual(status, 0);
  assert.match(stderr, /127\.0\.0\.1:1\b.*refused|read tls\.crt|tls\.crt: no such file/, stderr);
}

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

  for (const [, yaml = ''] of read('docs/kubernetes.md').matchAll(/```yaml\n([^`]*)```/g)) {
    test(`the chart takes the values of the block that begins with "${yaml.split('\n')[0]}"`, () => {
      const sets = Object.entries(parse(yaml)).flatMap(([name, value]) => [
        '--set-json',
        `${name}=${JSON.stringify(value)}`,
      ]);
      for (const object of renderChart(...sets)) {
        validateObject(object);
      }
    });
  }

  test("the chart's README names only values that there are, beside those of another chart", () => {
    const text = read('deploy/helm/xdp-exporter/README.md');
    const values = parse(read('deploy/helm/xdp-exporter/values.yaml'));
    const [, table = ''] = text.split('## If you know');
    const cells = [...(table.split('\n## ')[0]?.matchAll(/\|([^|\n]+)\|$/gm) ?? [])];
    const names = cells.flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name.split('.')),
    );
    assert.ok(names.length > 10);
    for (const [first = '', second] of names) {
      // Parts of a monitor are named by themselves.
      const found = first in values ? values : values.podMonitor;
      assert.ok(first in found && (second === undefined || second in found[first]), first);
    }
  });

  test('every folder of manifests that it names is there', () => {
    const folders = [...read('docs/kubernetes.md').matchAll(/deploy\/kubernetes\/[\w-]+/g)];
    assert.ok(folders.length >= 3);
    for (const [folder] of folders) {
      assert.ok(existsSync(join(PROJECT, folder, 'kustomization.yaml')), folder);
    }
  });
});
