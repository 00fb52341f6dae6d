// SPDX-License-Identifier: Apache-2.0
// The Helm chart as a whole: what it renders for every ci values file is valid, and its parts agree.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import { isEmptySelection, readSelection, readWebConfig } from '../../src/options/settings.ts';
import { CHART, CI_VALUES, helm, PROJECT, renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, containerOf, find, variablesOf } from './support/objects.ts';
import { validateObject } from './support/schemas.ts';

/** Some of the references, as the kubelet would fill them in on an IPv6 node. */
function expand(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([name]) => name.startsWith('XDP_EXPORTER_'))
      .map(([name, value]) => [name, value.replaceAll('$(HOST_IP)', '2001:db8::1')]),
  );
}

describe('the chart', { skip: skipWithoutHelm }, () => {
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
      assert.ok(line?.command === 'run');
      assert.equal(isEmptySelection(readSelection(line.values)), false);
      const [address = assert.fail()] = readWebConfig(line.values, line.originOf).listenAddresses;
      const { host, port } = address;
      assert.ok(isIP(host) !== 0);
      assert.equal(port, containerOf(objects)['ports'][0].containerPort);
    });
  }

  test('renders the same when it is packed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-chart-'));
    try {
      const { version } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
      helm('package', CHART, '--destination', folder);
      const rendered = (chart: string) =>
        helm(
          'template',
          'x',
          chart,
          '--set',
          'prometheusRule.enabled=true,dashboards.enabled=true',
        );
      const packed = rendered(join(folder, `xdp-exporter-${version}.tgz`));
      assert.equal(packed, rendered(CHART));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('has the version of the project', () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    assert.equal(chart.appVersion, version);
    assert.equal(chart.version, version);
    assert.equal(containerOf(renderChart())['image'], `xdp-exporter:${version}`);
  });

  test('mounts no token in the service account that it makes', () => {
    const account = find(renderChart(), 'ServiceAccount');
    assert.equal(account['automountServiceAccountToken'], false);
  });

  test('selects the same pods everywhere, and never by a label that an upgrade changes', () => {
    const objects = renderChart('--values', ciValues('service-monitor'));
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

  test('labels the namespace that it makes for Pod Security admission', () => {
    const { metadata } = find(renderChart('--values', ciValues('namespace')), 'Namespace');
    assert.equal(metadata.name, 'monitoring');
    assert.equal(metadata.labels['pod-security.kubernetes.io/enforce'], 'privileged');
  });
});
