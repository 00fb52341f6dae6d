// SPDX-License-Identifier: Apache-2.0
// The Helm chart: what it renders, for every ci values file, and what it refuses.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import {
  isEmptySelection,
  readEngineOptions,
  readLogConfig,
  readWebConfig,
} from '../../src/config.ts';
import { CHART, CI_VALUES, helm, PROJECT, renderChart, skipWithoutHelm } from './support/helm.ts';
import { type KubernetesObject, validateObject } from './support/schemas.ts';

const values = (name: string) => join(CHART, 'ci', `${name}-values.yaml`);

function find(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.find((object) => object['kind'] === kind);
  assert.ok(found, `no ${kind} is rendered`);
  return found;
}

function podOf(objects: readonly KubernetesObject[]): KubernetesObject {
  return find(objects, 'DaemonSet')['spec'].template.spec;
}

function containerOf(objects: readonly KubernetesObject[]): KubernetesObject {
  return podOf(objects)['containers'][0];
}

function variablesOf(objects: readonly KubernetesObject[]): Record<string, string> {
  const { env } = containerOf(objects) as { env: KubernetesObject[] };
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      value ?? valueFrom.fieldRef?.fieldPath ?? valueFrom.secretKeyRef,
    ]),
  );
}

/** Some of the references, as the kubelet would fill them in on an IPv6 node. */
function expand(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([name]) => name.startsWith('XDP_EXPORTER_'))
      .map(([name, value]) => [name, value.replaceAll('$(HOST_IP)', '2001:db8::1')]),
  );
}

describe('the chart', { skip: skipWithoutHelm, concurrency: 2 }, () => {
  for (const file of CI_VALUES) {
    test(`with ${basename(file)} passes "helm lint --strict" and the schemas of all that it renders`, () => {
      assert.match(helm('lint', '--strict', CHART, '--values', file), / 0 chart\(s\) failed/);
      const objects = renderChart('--values', file);
      assert.ok(objects.length >= 2);
      for (const object of objects) {
        validateObject(object);
      }
    });

    test(`with ${basename(file)} gives the exporter flags and variables that it accepts`, async () => {
      const objects = renderChart('--values', file);
      const line = await parseCommandLine(
        containerOf(objects)['args'],
        expand(variablesOf(objects)),
        '',
      );
      assert.ok(line !== undefined);
      assert.equal(isEmptySelection(readEngineOptions(line.values).selection), false);
      const { host, port } = readWebConfig(line.values).listenAddress;
      assert.ok(isIP(host) !== 0);
      assert.equal(port, containerOf(objects)['ports'][0].containerPort);
      readLogConfig(line.values);
    });
  }

  test('has the version of the project', () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    assert.equal(chart.appVersion, version);
    assert.equal(chart.version, version);
    assert.equal(containerOf(renderChart())['image'], `xdp-exporter:${version}`);
  });

  test('gives the pod no more of the node than its network, four capabilities and nothing to write on', () => {
    const pod = podOf(renderChart());
    assert.equal(pod['hostNetwork'], true);
    assert.equal(pod['dnsPolicy'], 'ClusterFirstWithHostNet');
    assert.equal(pod['hostPID'], false);
    assert.equal(pod['hostIPC'], false);
    assert.equal(pod['enableServiceLinks'], false);
    assert.equal(pod['automountServiceAccountToken'], false);
    assert.equal(pod['volumes'], undefined);
    assert.deepEqual(pod['securityContext'], {
      runAsUser: 0,
      runAsGroup: 0,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(pod['containers'][0].securityContext, {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['BPF', 'PERFMON', 'NET_ADMIN', 'IPC_LOCK'] },
    });
  });

  test('mounts no token in the service account that it makes', () => {
    const account = find(renderChart(), 'ServiceAccount');
    assert.equal(account['automountServiceAccountToken'], false);
  });

  test('exports prefixes and not addresses unless told otherwise', () => {
    const { args } = containerOf(renderChart()) as { args: string[] };
    assert.ok(args.includes('--top.prefix-v4=24') && args.includes('--top.prefix-v6=48'));
    const whole = containerOf(renderChart('--values', values('whole-addresses')));
    assert.ok(whole['args'].includes('--top.prefix-v4=32'));
    assert.match(
      helm('install', 'x', CHART, '--dry-run=client', '--set', 'topSources.prefixV4=32'),
      /single persons/,
    );
  });

  test('says after installing what is still missing: a registry, a label, someone who collects', () => {
    const notes = (...args: string[]) => helm('install', 'x', CHART, '--dry-run=client', ...args);
    const bare = notes();
    assert.match(bare, /set image\.repository/);
    assert.match(
      bare,
      /kubectl label namespace default pod-security\.kubernetes\.io\/enforce=privileged/,
    );
    assert.match(bare, /Nothing collects them yet/);
    const whole = notes('--set', 'image.repository=r.example.com/x,podMonitor.enabled=true');
    assert.doesNotMatch(whole, /set image\.repository|Nothing collects them yet/);
  });

  test("listens on the node's own address, of either family, which is also the one that probes ask", () => {
    const objects = renderChart();
    const variables = variablesOf(objects);
    assert.equal(variables['HOST_IP'], 'status.hostIP');
    assert.equal(variables['XDP_EXPORTER_WEB_LISTEN_ADDRESS'], '[$(HOST_IP)]:10390');
    const { livenessProbe, readinessProbe, startupProbe } = containerOf(objects);
    assert.deepEqual(livenessProbe.httpGet, { path: '/healthz', port: 'metrics' });
    assert.deepEqual(startupProbe.httpGet, { path: '/healthz', port: 'metrics' });
    assert.deepEqual(readinessProbe.httpGet, { path: '/readyz', port: 'metrics' });
  });

  test('has the probes ask the address that it was told to listen on', () => {
    const objects = renderChart('--values', values('loopback'));
    assert.equal(variablesOf(objects)['XDP_EXPORTER_WEB_LISTEN_ADDRESS'], '[127.0.0.1]:10390');
    assert.equal(containerOf(objects)['livenessProbe'].httpGet.host, '127.0.0.1');
    const everywhere = renderChart('--values', values('every-address'));
    assert.equal(variablesOf(everywhere)['XDP_EXPORTER_WEB_LISTEN_ADDRESS'], '[::]:9999');
    assert.equal(containerOf(everywhere)['livenessProbe'].httpGet.host, undefined);
  });

  test('limits memory, and the heap of Node.js to match, but never the CPU', () => {
    for (const [limit, heap] of [
      ['384Mi', 128],
      ['320Mi', 64],
      ['1Gi', 768],
    ] as const) {
      const objects = renderChart('--set', `resources.limits.memory=${limit}`);
      assert.deepEqual(containerOf(objects)['resources'].limits, { memory: limit });
      assert.equal(variablesOf(objects)['NODE_OPTIONS'], `--max-old-space-size=${heap}`);
    }
    assert.throws(
      () => renderChart('--set', 'resources.limits.memory=319Mi'),
      /less than the 320Mi/,
    );
  });

  test('names a node, a pod and a namespace to OTLP, and adds what it is given', () => {
    const variables = variablesOf(renderChart('--values', values('otlp')));
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

  test('selects the same pods everywhere, and never by a label that an upgrade changes', () => {
    const objects = renderChart('--values', values('service-monitor'));
    const selector = {
      'app.kubernetes.io/name': 'xdp-exporter',
      'app.kubernetes.io/instance': 'xdp',
    };
    const daemonSet = find(objects, 'DaemonSet')['spec'];
    assert.deepEqual(daemonSet.selector.matchLabels, selector);
    assert.deepEqual(find(objects, 'Service')['spec'].selector, selector);
    assert.deepEqual(find(objects, 'ServiceMonitor')['spec'].selector.matchLabels, selector);
    for (const [label, value] of Object.entries(selector)) {
      assert.equal(daemonSet.template.metadata.labels[label], value);
      assert.equal(find(objects, 'Service')['metadata'].labels[label], value);
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

  for (const [file, kind, endpoints] of [
    ['pod-monitor', 'PodMonitor', 'podMetricsEndpoints'],
    ['service-monitor', 'ServiceMonitor', 'endpoints'],
  ] as const) {
    test(`names targets of a ${kind} as the rules and dashboards expect, by node`, () => {
      const [endpoint] = find(renderChart('--values', values(file)), kind)['spec'][endpoints];
      assert.deepEqual(endpoint.relabelings.slice(0, 2), [
        { targetLabel: 'job', replacement: 'xdp-exporter' },
        { sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' },
      ]);
    });
  }

  test('labels the namespace that it makes for Pod Security admission', () => {
    const { metadata } = find(renderChart('--values', values('namespace')), 'Namespace');
    assert.equal(metadata.name, 'monitoring');
    assert.equal(metadata.labels['pod-security.kubernetes.io/enforce'], 'privileged');
  });
});
