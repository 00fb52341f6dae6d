// SPDX-License-Identifier: Apache-2.0
// What the chart's schema refuses before anything reaches a cluster.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderChart, skipWithoutHelm } from './support/helm.ts';

/** The values as JSON, and what the message names. */
const REFUSED = [
  ['a value that does not exist', { devics: {} }, /devics/],
  ['a value that does not exist, deeper', { web: { adress: '::' } }, /adress/],
  ['no device at all', { devices: { defaultRoute: false } }, /devices/],
  ['a device name with a slash', { devices: { include: ['eth0/1'] } }, /devices\/include\/0/],
  ['a device that is not a list', { devices: { include: 'eth0' } }, /devices\/include/],
  ['an unknown XDP mode', { xdpMode: 'fast' }, /xdpMode/],
  ['an IPv4 prefix of more than 32 bits', { topSources: { prefixV4: 33 } }, /prefixV4/],
  ['an IPv6 prefix of no bits', { topSources: { prefixV6: 0 } }, /prefixV6/],
  ['a network that is named like all others', { topNetworks: { other: ['10.0.0.0/8'] } }, /other/],
  ['a network that is no prefix', { topNetworks: { a: ['example.com'] } }, /topNetworks/],
  ['a network without a prefix', { topNetworks: { a: [] } }, /topNetworks/],
  ['more sources than the exporter takes', { topSources: { count: 1001 } }, /count/],
  ['a port beyond the last', { web: { port: 65_536 } }, /web\/port/],
  ['a port that is text', { web: { port: '10390' } }, /web\/port/],
  ['a host in brackets', { web: { host: '[::1]' } }, /web\/host/],
  ['a host with a port', { web: { host: '127.0.0.1:80' } }, /web\/host/],
  ['metrics on the path of a probe', { web: { telemetryPath: '/readyz' } }, /telemetryPath/],
  ['an unknown log level', { log: { level: 'trace' } }, /log\/level/],
  ['an OTLP endpoint without scheme', { otlp: { endpoint: 'collector:4318' } }, /otlp\/endpoint/],
  [
    'a resource attribute that the chart sets',
    { otlp: { resourceAttributes: { 'k8s.node.name': 'a' } } },
    /resourceAttributes/,
  ],
  [
    'a resource attribute that would begin another',
    { otlp: { resourceAttributes: { a: 'b,c=d' } } },
    /resourceAttributes/,
  ],
  ['a label of the chart itself', { podLabels: { 'app.kubernetes.io/name': 'a' } }, /podLabels/],
  ['a label that is a number', { commonLabels: { team: 7 } }, /commonLabels/],
  ['an argument that is not a flag', { extraArgs: ['top'] }, /extraArgs/],
  ['a name that no Service can have', { fullnameOverride: '1xdp' }, /fullnameOverride/],
  ['a group of values that is null', { topSources: null }, /topSources/],
  ['a value that is null', { topSources: { count: null } }, /count/],
  [
    'a label of alerts that is their name',
    { prometheusRule: { alertLabels: { alertname: 'a' } } },
    /alertLabels/,
  ],
  ['a digest that is none', { image: { digest: 'sha256:abc' } }, /image\/digest/],
  ['no memory limit', { resources: { limits: { memory: null } } }, /resources\/limits/],
  ['memory in other units', { resources: { limits: { memory: '512M' } } }, /limits\/memory/],
  [
    'a seccomp profile of its own that has no name',
    { seccompProfile: { type: 'Localhost' } },
    /seccompProfile/,
  ],
  ['a capability by its name in C', { extraCapabilities: ['CAP_SYS_ADMIN'] }, /extraCapabilities/],
  ['all capabilities', { extraCapabilities: ['ALL'] }, /extraCapabilities/],
  ['updates of no pod at a time', { maxUnavailable: 0 }, /maxUnavailable/],
  ['an interval without unit', { podMonitor: { interval: '30' } }, /podMonitor\/interval/],
  [
    'both monitors, which would scrape every pod twice',
    { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } },
    /not/,
  ],
] as const;

describe('the schema of the values', { skip: skipWithoutHelm }, () => {
  for (const [what, values, message] of REFUSED) {
    test(`refuses ${what}`, () => {
      const sets = Object.entries(values).flatMap(([name, value]) => [
        '--set-json',
        `${name}=${JSON.stringify(value)}`,
      ]);
      assert.throws(
        () => renderChart(...sets),
        (error: Error) => {
          assert.match(error.message, /don't meet the specifications of the schema/);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
