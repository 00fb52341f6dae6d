// SPDX-License-Identifier: Apache-2.0
// Labels and names in the chart: none twice, none a number, none that would replace pods for nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CHART, helm, parseObjects, renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, find, podOf } from './support/objects.ts';
import { validateObject } from './support/schemas.ts';

describe('the labels of the chart', { skip: skipWithoutHelm }, () => {
  test('are there once, and the nearest wins', () => {
    // Throws where a key is there twice.
    const objects = renderChart('--values', ciValues('labels'));
    const teamOf = (kind: string) => find(objects, kind)['metadata'].labels.team;
    assert.equal(teamOf('Service'), 'common');
    assert.equal(teamOf('PodMonitor'), 'monitor');
    assert.equal(teamOf('PrometheusRule'), 'rule');
    assert.equal(teamOf('ConfigMap'), 'dashboard');
    assert.equal(find(objects, 'DaemonSet')['spec'].template.metadata.labels.team, 'pod');
    const { labels } = find(objects, 'Namespace')['metadata'];
    assert.equal(labels['pod-security.kubernetes.io/enforce'], 'privileged');
    for (const { metadata } of objects) {
      assert.equal(metadata.labels.cluster, 'blue');
    }
  });

  test('of pods are none that the next version of the chart changes', () => {
    const { labels } = find(renderChart(), 'DaemonSet')['spec'].template.metadata;
    assert.deepEqual(labels, {
      'app.kubernetes.io/name': 'xdp-exporter',
      'app.kubernetes.io/instance': 'xdp',
      'app.kubernetes.io/component': 'exporter',
    });
  });
});

describe('the names in the chart', { skip: skipWithoutHelm }, () => {
  test('are text where YAML would see numbers', () => {
    const objects = renderChart('--values', ciValues('numeric-names'));
    const { name, labels } = find(objects, 'Service')['metadata'];
    assert.equal(name, 'true');
    assert.equal(labels['app.kubernetes.io/name'], '1e3');
    assert.equal(podOf(objects)['serviceAccountName'], '7');
    assert.equal(podOf(objects)['priorityClassName'], '123');
  });

  test('are those that override them, the namespace too', () => {
    for (const { kind, metadata } of renderChart('--values', ciValues('names'))) {
      assert.equal(metadata.name, 'node-xdp', kind);
      assert.equal(metadata.namespace, 'network', kind);
    }
    const parts = ['--set', 'podMonitor.enabled=true,podMonitor.namespace=observability'];
    const objects = renderChart('--values', ciValues('names'), ...parts);
    const { metadata, spec } = find(objects, 'PodMonitor');
    assert.equal(metadata.namespace, 'observability');
    assert.deepEqual(spec.namespaceSelector.matchNames, ['network']);
  });

  for (const [release, name] of [
    ['123', 'xdp-123-xdp-exporter'],
    ['1.2', 'xdp-1-2-xdp-exporter'],
    ['xdp-exporter', 'xdp-exporter'],
  ] as const) {
    test(`are such as a Service can have for a release "${release}"`, () => {
      const objects = parseObjects(helm('template', release, CHART, '--namespace', '456'));
      for (const object of objects) {
        validateObject(object);
        assert.equal(object['metadata'].name, name);
        assert.equal(object['metadata'].namespace, '456');
        assert.equal(object['metadata'].labels['app.kubernetes.io/instance'], release);
      }
    });
  }
});
