// SPDX-License-Identifier: Apache-2.0
// The variables of the pod: each is defined before it is used, once, and only where something uses it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, containerOf, variablesOf } from './support/objects.ts';
import type { KubernetesObject } from './support/schemas.ts';

describe("the variables of the chart's pod", { skip: skipWithoutHelm }, () => {
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

  test('hold a field of the pod only where something refers to it', () => {
    const fieldsOf = (...args: string[]) => {
      const { env } = containerOf(renderChart(...args)) as { env: KubernetesObject[] };
      return env.flatMap(({ name, valueFrom }) => (valueFrom?.fieldRef ? [name] : []));
    };
    assert.deepEqual(fieldsOf(), ['HOST_IP']);
    assert.deepEqual(fieldsOf('--values', ciValues('loopback')), []);
    assert.deepEqual(fieldsOf('--values', ciValues('every-address')), []);
    const otlp = ['--values', ciValues('otlp-node')];
    const pod = ['NODE_NAME', 'POD_NAME', 'POD_NAMESPACE', 'POD_UID'];
    assert.deepEqual(fieldsOf(...otlp), ['HOST_IP', ...pod]);
    const elsewhere = ['--set', 'otlp.endpoint=http://collector:4318'];
    assert.deepEqual(fieldsOf(...otlp, ...elsewhere), pod);
    const loopback = ['--values', ciValues('loopback')];
    const used = ['--set', 'extraEnv[0].name=MINE,extraEnv[0].value=at $(NODE_NAME)'];
    assert.deepEqual(fieldsOf(...loopback, ...used), ['NODE_NAME']);
    assert.deepEqual(fieldsOf(...loopback, '--set', 'devices.include={$(NODE_NAME)}'), [
      'NODE_NAME',
    ]);
  });
});
