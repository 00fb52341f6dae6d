// SPDX-License-Identifier: Apache-2.0
// The PodMonitor and the ServiceMonitor of the chart.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, find } from './support/objects.ts';

const KINDS = [
  ['pod-monitor', 'PodMonitor', 'podMetricsEndpoints'],
  ['service-monitor', 'ServiceMonitor', 'endpoints'],
] as const;

describe('the monitors of the chart', { skip: skipWithoutHelm }, () => {
  for (const [file, kind, endpoints] of KINDS) {
    test(`${kind} names targets as the rules and dashboards expect, by node`, () => {
      const [endpoint] = find(renderChart('--values', ciValues(file)), kind)['spec'][endpoints];
      assert.deepEqual(endpoint.relabelings.slice(0, 4), [
        { targetLabel: 'job', replacement: 'xdp-exporter' },
        { sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'instance' },
        // For joins with kube-state-metrics.
        { sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' },
        // A pod's name would begin every series anew at each update.
        { action: 'labeldrop', regex: 'pod' },
      ]);
    });
  }

  test('have the limits, the labels and the endpoint that the values say', () => {
    const { metadata, spec } = find(renderChart('--values', ciValues('pod-monitor')), 'PodMonitor');
    assert.equal(metadata.namespace, 'observability');
    // It is elsewhere than the pods.
    assert.deepEqual(spec.namespaceSelector, { matchNames: ['monitoring'] });
    const { sampleLimit, targetLimit, labelLimit, labelNameLengthLimit, labelValueLengthLimit } =
      spec;
    assert.deepEqual(
      [sampleLimit, targetLimit, labelLimit, labelNameLengthLimit, labelValueLengthLimit],
      [50_000, 5_000, 30, 200, 1_000],
    );
    assert.deepEqual(spec.podTargetLabels, ['team']);
    assert.deepEqual(spec.attachMetadata, { node: true });
    const [{ relabelings, metricRelabelings, ...endpoint }] = spec.podMetricsEndpoints;
    assert.equal(relabelings.at(-1).targetLabel, 'zone');
    assert.equal(metricRelabelings.length, 1);
    assert.deepEqual(endpoint, {
      port: 'metrics',
      path: '/metrics',
      interval: '30s',
      scrapeTimeout: '10s',
      scheme: 'https',
      tlsConfig: { insecureSkipVerify: true },
      authorization: { credentials: { name: 'scrape', key: 'token' } },
      honorTimestamps: false,
      followRedirects: false,
    });
  });

  test('say no more than they need by default', () => {
    for (const [, kind, endpoints] of KINDS) {
      const value = `${kind[0]?.toLowerCase()}${kind.slice(1)}`;
      const { metadata, spec } = find(renderChart('--set', `${value}.enabled=true`), kind);
      assert.equal(metadata.namespace, 'monitoring');
      assert.deepEqual(Object.keys(spec), ['selector', endpoints]);
      const [endpoint] = spec[endpoints];
      assert.deepEqual(Object.keys(endpoint), ['path', 'port', 'relabelings']);
    }
  });

  test('are one of the two, and a ServiceMonitor needs the Service', () => {
    const both = 'podMonitor.enabled=true,serviceMonitor.enabled=true';
    assert.throws(
      () => renderChart('--set', both),
      /podMonitor\.enabled and serviceMonitor\.enabled: together they scrape every pod twice; set one/,
    );
    const alone = 'service.enabled=false,serviceMonitor.enabled=true';
    assert.throws(() => renderChart('--set', alone), /serviceMonitor\.enabled: .*use podMonitor/);
    const objects = renderChart('--values', ciValues('no-service'));
    assert.ok(!objects.some(({ kind }) => kind === 'Service'));
    const { annotations, labels } = find(renderChart('--values', ciValues('service')), 'Service')[
      'metadata'
    ];
    assert.deepEqual(annotations, { 'prometheus.io/scrape': 'true' });
    assert.equal(labels.team, 'network');
  });
});
