// SPDX-License-Identifier: Apache-2.0
// The pod that the Helm chart renders: its rights, its address, its limits, its variables.
import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import { describe, test } from 'node:test';
import { DEVICE } from '../../src/kernel/layout.ts';
import { CONTROL } from '../../src/options/control-socket.ts';
import { DEFAULT_SLOTS } from '../../src/options/settings.ts';
import { ringSizeBytes } from '../../src/recorder/ring.ts';
import { CHART, CI_VALUES, helm, renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, containerOf, find, podOf, variablesOf } from './support/objects.ts';
import type { KubernetesObject } from './support/schemas.ts';

const MIB = 1024 * 1024;
/** The engine and the wire, which is given the same limit. */
const PROCESSES = 2;
/** What a pod takes at rest, rings and counters apart. */
const REST_MIB = 90;

describe("the chart's pod", { skip: skipWithoutHelm }, () => {
  test('gives the pod no more of the node than its network, five capabilities and a place for its socket', () => {
    const pod = podOf(renderChart());
    assert.equal(pod['hostNetwork'], true);
    assert.equal(pod['dnsPolicy'], 'ClusterFirstWithHostNet');
    assert.equal(pod['hostPID'], false);
    assert.equal(pod['hostIPC'], false);
    assert.equal(pod['enableServiceLinks'], false);
    assert.equal(pod['automountServiceAccountToken'], false);
    assert.deepEqual(pod['volumes'], [{ name: 'control', emptyDir: { sizeLimit: '1Mi' } }]);
    assert.deepEqual(pod['containers'][0].volumeMounts, [
      { name: 'control', mountPath: dirname(String(CONTROL['control.socket'].default)) },
    ]);
    assert.deepEqual(pod['securityContext'], {
      runAsUser: 0,
      runAsGroup: 0,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(pod['containers'][0].securityContext, {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['BPF', 'PERFMON', 'NET_ADMIN', 'SETUID', 'SETGID'] },
    });
  });

  test('gives it more where the values say so, and still drops all others', () => {
    const container = containerOf(renderChart('--values', ciValues('rights')));
    assert.deepEqual(container['securityContext'].capabilities, {
      drop: ['ALL'],
      add: ['BPF', 'PERFMON', 'NET_ADMIN', 'SETUID', 'SETGID', 'SYS_ADMIN'],
    });
  });

  test('lets it open programs of others in mode observe alone, and names no capability twice', () => {
    const rights = (...args: string[]) => {
      const { args: flags, securityContext } = containerOf(renderChart(...args));
      return [flags[2], ...securityContext.capabilities.add.slice(5)];
    };
    assert.deepEqual(rights(), ['--mode=auto']);
    assert.deepEqual(rights('--set', 'mode=attach'), ['--mode=attach']);
    assert.deepEqual(rights('--set', 'mode=observe'), ['--mode=observe', 'SYS_ADMIN']);
    const observe = ['--values', ciValues('observe')];
    assert.deepEqual(rights(...observe), ['--mode=observe', 'SYS_ADMIN', 'SYS_RESOURCE']);
    const auto = [...observe, '--set', 'mode=auto'];
    assert.deepEqual(rights(...auto), ['--mode=auto', 'SYS_ADMIN', 'SYS_RESOURCE']);
    assert.throws(() => renderChart('--set', 'mode=Observe'), /mode/);
  });

  test('lets it lock memory with the perf transport alone, and says what else that needs', () => {
    const capabilitiesOf = (...args: string[]) =>
      containerOf(renderChart(...args))['securityContext'].capabilities.add;
    const perf = ['--values', ciValues('perf-transport')];
    assert.deepEqual(capabilitiesOf(...perf), [
      'BPF',
      'PERFMON',
      'NET_ADMIN',
      'SETUID',
      'SETGID',
      'IPC_LOCK',
    ]);
    const off = [...perf, '--set', 'logger.enabled=false'];
    assert.deepEqual(capabilitiesOf(...off), ['BPF', 'PERFMON', 'NET_ADMIN', 'SETUID', 'SETGID']);
    const notes = (...args: string[]) => helm('install', 'x', CHART, '--dry-run=client', ...args);
    assert.match(notes(...perf), /extraCapabilities: \[SYS_ADMIN\]/);
    assert.doesNotMatch(notes(), /perf/);
  });

  test('exports prefixes and not addresses unless told otherwise', () => {
    const { args } = containerOf(renderChart()) as { args: string[] };
    assert.ok(args.includes('--top.prefix-v4=24') && args.includes('--top.prefix-v6=48'));
    const whole = containerOf(renderChart('--values', ciValues('whole-addresses')));
    assert.ok(whole['args'].includes('--top.prefix-v4=32'));
    assert.match(
      helm('install', 'x', CHART, '--dry-run=client', '--set', 'topSources.prefixV4=32'),
      /single persons/,
    );
  });

  test("listens on the node's own address, of either family, which is also the one that probes ask", () => {
    const objects = renderChart();
    const variables = variablesOf(objects);
    assert.equal(variables['HOST_IP'], 'status.hostIP');
    assert.equal(variables['XDP_EXPORTER_WEB_LISTEN_ADDRESS'], '[$(HOST_IP)]:10390');
    const { livenessProbe, readinessProbe, startupProbe } = containerOf(objects);
    assert.deepEqual(livenessProbe.httpGet, { path: '/healthz', port: 'metrics' });
    assert.deepEqual(startupProbe.httpGet, { path: '/healthz', port: 'metrics' });
    // Not /readyz: a node where no device can be counted would stop every update.
    assert.deepEqual(readinessProbe.httpGet, { path: '/healthz', port: 'metrics' });
  });

  test('has the probes ask the address that it was told to listen on', () => {
    const objects = renderChart('--values', ciValues('loopback'));
    assert.equal(variablesOf(objects)['XDP_EXPORTER_WEB_LISTEN_ADDRESS'], '[127.0.0.1]:10390');
    assert.equal(containerOf(objects)['livenessProbe'].httpGet.host, '127.0.0.1');
    const everywhere = renderChart('--values', ciValues('every-address'));
    assert.equal(variablesOf(everywhere)['XDP_EXPORTER_WEB_LISTEN_ADDRESS'], '[::]:9999');
    assert.equal(containerOf(everywhere)['livenessProbe'].httpGet.host, undefined);
  });

  test('limits memory, and the heap of Node.js to match, but never the CPU', () => {
    for (const [limit, heap] of [
      ['448Mi', 128],
      ['384Mi', 96],
      ['1Gi', 416],
    ] as const) {
      const objects = renderChart('--set', `resources.limits.memory=${limit}`);
      assert.deepEqual(containerOf(objects)['resources'].limits, { memory: limit });
      assert.equal(variablesOf(objects)['NODE_OPTIONS'], `--max-old-space-size=${heap}`);
    }
    assert.throws(
      () => renderChart('--set', 'resources.limits.memory=383Mi'),
      /less than the 384Mi/,
    );
  });

  test('has room for both heaps, and for the rings and counters of up to 256 CPUs', () => {
    const objects = renderChart();
    const limitMib = Number.parseInt(containerOf(objects)['resources'].limits.memory, 10);
    const heapMib = Number(/\d+$/.exec(`${variablesOf(objects)['NODE_OPTIONS']}`)?.[0]);
    for (let cpus = 1; cpus <= 256; cpus++) {
      const kernelBytes = cpus * (ringSizeBytes(cpus) + DEFAULT_SLOTS * DEVICE.sizeBytes);
      const leftMib = limitMib - PROCESSES * heapMib - kernelBytes / MIB;
      assert.ok(leftMib >= REST_MIB, `${leftMib} MiB left with ${cpus} CPUs`);
    }
  });

  test('names a node, a pod and a namespace to OTLP, and adds what it is given', () => {
    const variables = variablesOf(renderChart('--values', ciValues('otlp')));
    assert.equal(variables['NODE_NAME'], 'spec.nodeName');
    assert.equal(variables['POD_UID'], 'metadata.uid');
    assert.equal(
      variables['OTEL_RESOURCE_ATTRIBUTES'],
      'k8s.node.name=$(NODE_NAME),k8s.pod.name=$(POD_NAME),k8s.namespace.name=$(POD_NAMESPACE),' +
        'k8s.pod.uid=$(POD_UID),deployment.environment.name=production,k8s.cluster.name=blue',
    );
    assert.equal(variables['OTEL_EXPORTER_OTLP_ENDPOINT'], 'https://collector.example.com:4318');
    assert.equal(variables['OTEL_METRIC_EXPORT_INTERVAL'], '15000');
    assert.deepEqual(variables['OTEL_EXPORTER_OTLP_HEADERS'], {
      name: 'otlp-headers',
      key: 'headers',
    });
    assert.ok(!Object.keys(variablesOf(renderChart())).some((name) => name.startsWith('OTEL_')));
  });

  test('defines each variable before the one that refers to it', () => {
    for (const file of CI_VALUES) {
      const { env } = containerOf(renderChart('--values', file)) as { env: KubernetesObject[] };
      const defined = new Set<string>();
      for (const { name, value = '' } of env) {
        for (const [, reference = ''] of value.matchAll(/\$\((\w+)\)/g)) {
          assert.ok(defined.has(reference), `${basename(file)}: ${name} refers to ${reference}`);
        }
        defined.add(name);
      }
    }
  });

  test("takes the user's options for Node.js, and refuses a variable that another value sets", () => {
    const { env } = containerOf(renderChart('--values', ciValues('extras'))) as {
      env: KubernetesObject[];
    };
    const options = env.filter(({ name }) => name === 'NODE_OPTIONS').map(({ value }) => value);
    assert.deepEqual(options, ['--max-old-space-size=96 --use-openssl-ca']);
    for (const name of ['HOST_IP', 'XDP_EXPORTER_WEB_LISTEN_ADDRESS']) {
      assert.throws(
        () => renderChart('--set', `extraEnv[0].name=${name},extraEnv[0].value=a`),
        new RegExp(`extraEnv "${name}": it is there twice, or another value sets it`),
      );
    }
  });

  test('refuses an address or a path that its probes and monitors would not follow', () => {
    for (const flag of ['--web.listen-address=:1', '--web.telemetry-path=/m']) {
      assert.throws(
        () => renderChart('--set', `extraArgs={${flag}}`),
        new RegExp(`extraArgs "${flag}": .*set web\\.host`),
      );
    }
  });

  test('runs on every node that does not evict it, one update at a time', () => {
    const objects = renderChart();
    assert.deepEqual(podOf(objects)['tolerations'], [{ operator: 'Exists', effect: 'NoSchedule' }]);
    const { updateStrategy } = find(objects, 'DaemonSet')['spec'];
    assert.deepEqual(updateStrategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1 },
    });
  });
});
