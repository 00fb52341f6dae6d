// SPDX-License-Identifier: Apache-2.0
// What the chart's schema refuses before anything reaches a cluster.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderChart, skipWithoutHelm } from './support/helm.ts';

/** The values as JSON, and what the message names. */
const REFUSED = [
  ['a value that does not exist', { devics: {} }, /devics/],
  ['a value that does not exist, deeper', { web: { adress: '::' } }, /adress/],
  ['a device name with a slash', { devices: { include: ['eth0/1'] } }, /devices\/include\/0/],
  ['a device that is not a list', { devices: { include: 'eth0' } }, /devices\/include/],
  ['an unknown XDP mode', { xdpMode: 'fast' }, /xdpMode/],
  ['an IPv4 prefix of more than 32 bits', { topSources: { prefixV4: 33 } }, /prefixV4/],
  ['an IPv6 prefix of no bits', { topSources: { prefixV6: 0 } }, /prefixV6/],
  ['a network that is no prefix', { topNetworks: { a: ['example.com'] } }, /topNetworks/],
  ['a network without a prefix', { topNetworks: { a: [] } }, /topNetworks/],
  ['more sources than the exporter takes', { topSources: { count: 1001 } }, /count/],
  ['a port beyond the last', { web: { port: 65_536 } }, /web\/port/],
  ['a port that is text', { web: { port: '10390' } }, /web\/port/],
  ['a host in brackets', { web: { host: '[::1]' } }, /web\/host/],
  ['a host with a port', { web: { host: '127.0.0.1:80' } }, /web\/host/],
  ['an unknown log level', { log: { level: 'trace' } }, /log\/level/],
  ['an OTLP endpoint without scheme', { otlp: { endpoint: 'collector:4318' } }, /otlp\/endpoint/],
  [
    'a resource attribute that would begin another',
    { otlp: { resourceAttributes: { a: 'b,c=d' } } },
    /resourceAttributes/,
  ],
  ['a label that is a number', { commonLabels: { team: 7 } }, /commonLabels/],
  ['an argument that is not a flag', { extraArgs: ['top'] }, /extraArgs/],
  ['a name that no Service can have', { fullnameOverride: '1xdp' }, /fullnameOverride/],
  ['a group of values that is null', { topSources: null }, /topSources/],
  ['a value that is null', { topSources: { count: null } }, /count/],
  ['a digest that is none', { image: { digest: 'sha256:abc' } }, /image\/digest/],
  ['no memory limit', { resources: { limits: { memory: null } } }, /resources\/limits/],
  ['memory in other units', { resources: { limits: { memory: '512M' } } }, /limits\/memory/],
  [
    'updates of no pod at a time',
    { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
    /maxUnavailable/,
  ],
  ['updates of no pod, by the older name', { maxUnavailable: '0%' }, /maxUnavailable/],
  ['a probe that asks never', { livenessProbe: { periodSeconds: 0 } }, /periodSeconds/],
  ['a field that no probe has', { startupProbe: { period: 1 } }, /startupProbe/],
  ['a sidecar without a name', { sidecars: [{ image: 'a' }] }, /sidecars/],
  ['pins elsewhere than in a BPF file system', { observe: { pins: ['/etc/a'] } }, /observe\/pins/],
  ['an IPv4 address beyond the last', { web: { host: '1.2.3.256' } }, /web\/host/],
  ['an interval without unit', { podMonitor: { interval: '30' } }, /podMonitor\/interval/],
] as const;

/** What a schema could only refuse with "'not' failed": the chart says it in words, with the remedy. */
const EXPLAINED = [
  [
    'a network that is named like all others',
    { topNetworks: { other: ['10.0.0.0/8'] } },
    'topNetworks "other": it stands for all other packets; choose another name',
  ],
  [
    'no device at all',
    { devices: { defaultRoute: false } },
    'devices: no device is left to count on; set devices.defaultRoute or devices.include',
  ],
  [
    'metrics on the path of a probe',
    { web: { telemetryPath: '/readyz' } },
    'web.telemetryPath "/readyz": a probe is served there; choose another path',
  ],
  [
    'metrics below the live page',
    { web: { telemetryPath: '/live/m' } },
    'web.telemetryPath "/live/m": the live page is served below /live; choose another path',
  ],
  [
    'a resource attribute that the chart sets',
    { otlp: { resourceAttributes: { 'k8s.node.name': 'a' } } },
    'otlp.resourceAttributes "k8s.node.name": the chart sets it; leave it out',
  ],
  [
    'a label of the chart itself',
    { podLabels: { 'app.kubernetes.io/name': 'a' } },
    'podLabels "app.kubernetes.io/name": the chart sets this label; leave it out',
  ],
  [
    'a label of alerts that is their name',
    { prometheusRule: { alertLabels: { alertname: 'a' } } },
    'prometheusRule.alertLabels "alertname": it is the name of the alert; choose another label',
  ],
  [
    'a seccomp profile of its own that has no name',
    { seccompProfile: { type: 'Localhost' } },
    `seccompProfile.type "Localhost": it needs the file's name in seccompProfile.localhostProfile`,
  ],
  [
    'a name of a seccomp profile that is not used',
    { seccompProfile: { type: 'Unconfined', localhostProfile: 'a' } },
    'seccompProfile.localhostProfile "a": it is used with type Localhost only, and the type is "Unconfined"',
  ],
  [
    'a capability by its name in C',
    { extraCapabilities: ['CAP_SYS_ADMIN'] },
    'extraCapabilities "CAP_SYS_ADMIN": Kubernetes names it "SYS_ADMIN"',
  ],
  [
    'all capabilities',
    { extraCapabilities: ['ALL'] },
    'extraCapabilities "ALL": name those that are needed',
  ],
  [
    'an option that does not exist',
    { options: { 'top.prots': 5 } },
    `options "top.prots": the exporter has no such option; the chart's README lists them`,
  ],
  [
    'an option that has a value of its own',
    { options: { mode: 'observe' } },
    'options "mode": set mode instead',
  ],
  [
    'an option with a choice that it has not',
    { options: { tracepoints: 'maybe' } },
    'options "tracepoints": "maybe" is not one of auto, on, off',
  ],
  [
    'an option that is a map, whose order would be lost',
    { options: { 'device-mode': { eth0: 'attach' } } },
    'options "device-mode": not a text, a number, true, false or a list; write KEY=VALUE as items of a list',
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
          assert.doesNotMatch(error.message, /'(not|anyOf|oneOf|if)' failed/);
          return true;
        },
      );
    });
  }
});

describe('the templates', { skip: skipWithoutHelm }, () => {
  for (const [what, values, message] of EXPLAINED) {
    test(`refuse ${what}, and say what to do`, () => {
      const sets = Object.entries(values).flatMap(([name, value]) => [
        '--set-json',
        `${name}=${JSON.stringify(value)}`,
      ]);
      assert.throws(
        () => renderChart(...sets),
        ({ message: text }: Error) => text.includes(`${message}\n`),
      );
    });
  }
});
