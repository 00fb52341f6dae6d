// SPDX-License-Identifier: Apache-2.0
// What the chart says after it was installed: true for each address that it may serve on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CHART, helm, skipWithoutHelm } from './support/helm.ts';
import { ciValues } from './support/objects.ts';

function notes(...args: string[]): string {
  return helm('install', 'x', CHART, '--dry-run=client', ...args).split('\nNOTES:\n')[1] ?? '';
}

describe('the notes of the chart', { skip: skipWithoutHelm }, () => {
  test('say what is still missing: a registry, a label, someone who collects', () => {
    const bare = notes();
    assert.match(bare, /set image\.registry/);
    assert.match(
      bare,
      /kubectl label namespace default pod-security\.kubernetes\.io\/enforce=privileged/,
    );
    assert.match(bare, /Nothing collects the metrics yet/);
    const said = /set image\.registry|Nothing collects the metrics yet/;
    for (const name of ['image.registry=r.example.com', 'image.repository=r.example.com/x']) {
      assert.doesNotMatch(notes('--set', `${name},podMonitor.enabled=true`), said);
    }
  });

  test('read the logs of all pods, by the labels that these have', () => {
    assert.match(
      notes('--set', 'nameOverride=other'),
      /logs --selector app\.kubernetes\.io\/name=other,app\.kubernetes\.io\/instance=x --prefix/,
    );
  });

  test('know that a port in use leaves a pod pending', () => {
    assert.match(notes('--set', 'web.port=9999'), /Pending.* uses port 9999, set web\.port/);
  });

  for (const [host, where, firewall] of [
    ['', /http:\/\/NODE:10390\/metrics, where NODE is a node's internal address\./, true],
    ['0.0.0.0', /http:\/\/NODE:10390\/metrics, where NODE is any IPv4 address of a node\./, true],
    [
      '::',
      /http:\/\/NODE:10390\/metrics, where NODE is any address of a node, IPv4 or IPv6\./,
      true,
    ],
    [
      '127.0.0.1',
      /http:\/\/127\.0\.0\.1:10390\/metrics on each node\. Only programs on the same node/,
      false,
    ],
    ['::1', /http:\/\/\[::1\]:10390\/metrics on each node\. Only programs on the same node/, false],
    [
      '2001:db8::1',
      /http:\/\/\[2001:db8::1\]:10390\/metrics, on the node that has this address/,
      true,
    ],
  ] as const) {
    test(`say where the metrics are with web.host "${host}"`, () => {
      const text = notes('--set-string', `web.host=${host}`);
      assert.match(text, where);
      assert.equal(/the node's firewall/.test(text), firewall);
      assert.equal(/port-forward cannot connect/.test(text), host === '');
      assert.doesNotMatch(text, /nil|%!/);
    });
  }

  test('give the path through the API server, which port-forward has not', () => {
    const path = /kubectl get --raw \/api\/v1\/namespaces\/default\/pods\/(\S+)/;
    assert.equal(path.exec(notes())?.[1], 'POD:10390/proxy/metrics');
    const tls = notes('--values', ciValues('tls-secret'), '--set', 'web.telemetryPath=/m');
    assert.equal(path.exec(tls)?.[1], 'https:POD:10390/proxy/m');
  });

  test('tell whoever set TLS or passwords what the scrapes lack', () => {
    const bare = ['--set', 'podMonitor.basicAuth=null,podMonitor.tlsConfig=null'];
    const protectedWithout = notes('--values', ciValues('web-config'), ...bare);
    assert.match(protectedWithout, /podMonitor\.basicAuth is not set: Prometheus gets 401/);
    assert.match(protectedWithout, /Scrapes use HTTPS.*set podMonitor\.tlsConfig/);
    const whole = notes('--values', ciValues('web-config'));
    assert.doesNotMatch(whole, /gets 401|set podMonitor\.tlsConfig/);
  });
});
