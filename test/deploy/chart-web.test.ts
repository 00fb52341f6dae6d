// SPDX-License-Identifier: Apache-2.0
// Where the chart has the exporter listen, with what TLS and passwords, and that probes and monitors follow.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, containerOf, find, podOf, variablesOf } from './support/objects.ts';
import type { KubernetesObject } from './support/schemas.ts';

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'];
const FLAG = '--web.config.file=';

const flagsOf = (objects: readonly KubernetesObject[]) =>
  (containerOf(objects)['args'] as string[]).filter((flag) => flag.startsWith(FLAG));

/** What the pod mounts below /etc, by path: the Secret, and the mode of its files. */
function secretsOf(objects: readonly KubernetesObject[]): Record<string, unknown> {
  const { volumes } = podOf(objects) as { volumes: KubernetesObject[] };
  const { volumeMounts } = containerOf(objects) as { volumeMounts: KubernetesObject[] };
  return Object.fromEntries(
    volumeMounts
      .filter(({ mountPath }) => mountPath.startsWith('/etc/'))
      .map(({ name, mountPath, readOnly }) => {
        assert.equal(readOnly, true);
        return [mountPath, volumes.find((volume) => volume['name'] === name)?.['secret']];
      }),
  );
}

describe('the address in the chart', { skip: skipWithoutHelm }, () => {
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
    const also = variablesOf(renderChart('--values', ciValues('extra-hosts')));
    assert.equal(
      also['XDP_EXPORTER_WEB_LISTEN_ADDRESS'],
      '[$(HOST_IP)]:10390,[127.0.0.1]:10390,[::1]:10390',
    );
    assert.equal(containerOf(everywhere)['livenessProbe'].httpGet.host, undefined);
  });

  test('refuses an address or a path that its probes and monitors would not follow', () => {
    for (const flag of ['--web.listen-address=:1', '--web.telemetry-path=/m']) {
      assert.throws(
        () => renderChart('--set', `extraArgs={${flag}}`),
        new RegExp(`extraArgs "${flag}": .*set web\\.host`),
      );
    }
  });
});

describe('the web configuration in the chart', { skip: skipWithoutHelm }, () => {
  test('is none unless a value asks for it', () => {
    const objects = renderChart();
    assert.deepEqual(flagsOf(objects), []);
    assert.deepEqual(secretsOf(objects), {});
    assert.ok(!objects.some(({ kind }) => kind === 'Secret'));
  });

  test('of values is in a Secret of the chart, word for word, and readable to root alone', () => {
    const objects = renderChart('--values', ciValues('web-config'));
    const { metadata, data } = find(objects, 'Secret');
    const content = parse(Buffer.from(data['web-config.yml'], 'base64').toString());
    assert.equal(content.tls_server_config.min_version, 'TLS13');
    assert.match(content.basic_auth_users.prometheus, /^\$2b\$10\$.{53}$/);
    assert.deepEqual(flagsOf(objects), [`${FLAG}/etc/xdp-exporter/web/web-config.yml`]);
    assert.deepEqual(secretsOf(objects), {
      '/etc/xdp-exporter/web': { secretName: metadata.name, defaultMode: 0o400 },
      '/etc/xdp-exporter/tls': { secretName: 'xdp-exporter-tls', defaultMode: 0o400 },
    });
  });

  test('of a Secret of yours is mounted as it is, and no other is made', () => {
    const objects = renderChart('--values', ciValues('web-config-secret'));
    assert.ok(!objects.some(({ kind }) => kind === 'Secret'));
    assert.deepEqual(flagsOf(objects), [`${FLAG}/etc/xdp-exporter/web/web.yml`]);
    assert.deepEqual(secretsOf(objects), {
      '/etc/xdp-exporter/web': { secretName: 'xdp-web', defaultMode: 0o400 },
    });
  });

  test('is made for a TLS Secret alone', () => {
    const objects = renderChart('--values', ciValues('tls-secret'));
    const { data } = find(objects, 'Secret');
    assert.deepEqual(parse(Buffer.from(data['web-config.yml'], 'base64').toString()), {
      tls_server_config: {
        cert_file: '/etc/xdp-exporter/tls/tls.crt',
        key_file: '/etc/xdp-exporter/tls/tls.key',
      },
    });
  });

  test('has probes and monitors use HTTPS where it turns TLS on, and only there', () => {
    const schemesOf = (...args: string[]) => {
      const objects = renderChart(
        ...args,
        '--set',
        'podMonitor.enabled=true,serviceMonitor.enabled=false',
      );
      const [endpoint] = find(objects, 'PodMonitor')['spec'].podMetricsEndpoints;
      return [
        ...PROBES.map((probe) => containerOf(objects)[probe].httpGet.scheme),
        endpoint.scheme,
      ];
    };
    const https = ['HTTPS', 'HTTPS', 'HTTPS', 'https'];
    for (const name of ['web-config', 'web-config-secret', 'tls-secret']) {
      assert.deepEqual(schemesOf('--values', ciValues(name)), https, name);
    }
    const none = [undefined, undefined, undefined, undefined];
    assert.deepEqual(schemesOf(), none);
    assert.deepEqual(schemesOf('--set', 'webConfig.existingSecret=users-alone'), none);
    assert.deepEqual(schemesOf('--set', 'webConfig.content.basic_auth_users.a=b'), none);
    const told = ['--values', ciValues('tls-secret'), '--set', 'podMonitor.scheme=http'];
    assert.equal(schemesOf(...told)[3], undefined);
  });

  test('has probes only connect where clients without a certificate are refused', () => {
    const objects = renderChart('--values', ciValues('client-certificates'));
    for (const probe of PROBES) {
      const { httpGet, tcpSocket } = containerOf(objects)[probe];
      assert.equal(httpGet, undefined);
      assert.deepEqual(tcpSocket, { port: 'metrics', host: '192.0.2.10' });
    }
  });

  test('is in one place alone', () => {
    assert.throws(
      () => renderChart('--values', ciValues('web-config'), '--set', 'webConfig.existingSecret=a'),
      /webConfig\.content and webConfig\.existingSecret: .*set one of them/,
    );
  });
});

describe('the probes of the chart', { skip: skipWithoutHelm }, () => {
  test('are changed by the fields that are given, and keep the others', () => {
    const container = containerOf(renderChart('--values', ciValues('probes')));
    assert.deepEqual(container['startupProbe'], {
      httpGet: { path: '/healthz', port: 'metrics' },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 60,
    });
    assert.deepEqual(container['livenessProbe'], {
      tcpSocket: { port: 'metrics' },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    });
    assert.deepEqual(container['readinessProbe'], {
      httpGet: { path: '/readyz', port: 'metrics' },
      initialDelaySeconds: 5,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
  });
});
