// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Environment } from '../../../../src/export/otlp/environment.ts';
import { type OtlpSettings, readOtlpConfig } from '../../../../src/export/otlp/settings.ts';

const ON = { OTEL_METRICS_EXPORTER: 'otlp' };

function settingsOf(environment: Environment, flag?: string): OtlpSettings {
  const { settings } = readOtlpConfig(flag, environment);
  assert.ok(settings !== undefined, 'OTLP is off');
  return settings;
}

function warningsOf(environment: Environment): string[] {
  const { notes } = readOtlpConfig(undefined, { ...ON, ...environment });
  return notes.filter(({ level }) => level === 'warn').map(({ message }) => message);
}

describe('readOtlpConfig', () => {
  it('has the defaults of the specification, and gzip', () => {
    assert.deepEqual(readOtlpConfig(undefined, ON), {
      settings: {
        url: 'http://localhost:4318/v1/metrics',
        protocol: 'http/protobuf',
        headers: {},
        intervalMs: 60_000,
        timeoutMs: 10_000,
        compression: 'gzip',
        certificates: {},
        attributes: {},
      },
      notes: [],
    });
  });

  it('appends the path of the metrics to a general endpoint and to the flag, once', () => {
    const url = (base: string) => settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: base }).url;
    assert.equal(url('http://a:4318'), 'http://a:4318/v1/metrics');
    assert.equal(url('https://a/otlp/'), 'https://a/otlp/v1/metrics');
    assert.equal(url('https://a/otlp?key=1'), 'https://a/otlp/v1/metrics?key=1');
    assert.equal(settingsOf({}, 'http://b:1').url, 'http://b:1/v1/metrics');
    assert.equal(settingsOf({}, 'http://b:1/v1/metrics').url, 'http://b:1/v1/metrics');
  });

  it('takes the endpoint of the metrics as it is, before the general one and after the flag', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://general',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://metrics',
    };
    assert.equal(settingsOf(environment).url, 'http://metrics/');
    assert.equal(settingsOf(environment, 'http://flag').url, 'http://flag/v1/metrics');
  });

  it('prefers variables of the metrics to general ones', () => {
    const settings = settingsOf({
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key',
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: '/cert',
    });
    assert.equal(settings.timeoutMs, 2_000);
    assert.equal(settings.compression, 'none');
    assert.deepEqual(settings.certificates, {
      ca: '/ca',
      cert: '/cert',
      key: '/key',
    });
  });

  it('waits for no answer for longer than an export or an interval may take', () => {
    const timeoutMs = (environment: Environment) => settingsOf({ ...ON, ...environment }).timeoutMs;
    assert.equal(timeoutMs({ OTEL_METRIC_EXPORT_TIMEOUT: '5000' }), 5_000);
    assert.equal(timeoutMs({ OTEL_METRIC_EXPORT_INTERVAL: '700' }), 700);
    assert.equal(timeoutMs({ OTEL_EXPORTER_OTLP_TIMEOUT: '40000' }), 30_000);
  });

  it('takes a timeout of 0 for none, so that the interval alone is the limit', () => {
    const environment = { OTEL_METRIC_EXPORT_TIMEOUT: '0', OTEL_EXPORTER_OTLP_TIMEOUT: '0' };
    assert.equal(settingsOf({ ...ON, ...environment }).timeoutMs, 60_000);
    assert.equal(settingsOf({ OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '0' }).timeoutMs, 30_000);
    assert.deepEqual(warningsOf(environment), []);
  });

  it('warns once of an export timeout that is wrong, also where the interval is short', () => {
    const environment = { OTEL_METRIC_EXPORT_INTERVAL: '700', OTEL_METRIC_EXPORT_TIMEOUT: '5s' };
    const [warning, ...others] = warningsOf(environment);
    assert.match(warning ?? '', /OTEL_METRIC_EXPORT_TIMEOUT "5s": not a whole number .* from 0/);
    assert.deepEqual(others, []);
    assert.equal(settingsOf({ ...ON, ...environment }).timeoutMs, 700);
  });

  for (const [name, value, expected] of [
    ['OTEL_METRIC_EXPORT_INTERVAL', '1m', /not a whole number of milliseconds .*; it is ignored/],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0', /not a whole number/],
    ['OTEL_METRIC_EXPORT_INTERVAL', '1e12', /from 1 to 2147483647/],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '-1', /not a whole number/],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', /not gzip or none; it is ignored/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', /not an http or https URL such as/],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'x', /not an http or https URL such as/],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /not http\/protobuf or http\/json, .*4318; it is/],
    ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'http', /not http\/protobuf or http\/json/],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'delta', /cumulativetodelta/],
    [
      'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
      'x',
      /not explicit_bucket_histogram/,
    ],
    ['OTEL_METRICS_EXPORTER', 'otlp,consle', /not otlp or none; it is ignored/],
    ['OTEL_SDK_DISABLED', 'yes', /not true or false/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b,secret', /item 2 is not one .*; it is ignored/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz', /item 1 is not one that can be sent/],
    ['OTEL_RESOURCE_ATTRIBUTES', 'b', /item 1 is not one that can be sent; it is ignored/],
  ] as const) {
    it(`goes on with a warning where ${name} is "${value}"`, () => {
      const [warning = '', ...others] = warningsOf({ [name]: value });
      assert.ok(warning.startsWith(`read ${name}`), warning);
      assert.match(warning, expected);
      assert.deepEqual(others, []);
    });
  }

  it('reads the attributes of the resource, and keeps the others where one is wrong', () => {
    const long = 'x'.repeat(10_000);
    const list = `a=b%20%3D, k8s.node.name = node-1 ,wrong,b=%zz,=c,d=e=f,empty=,,long=${long},a=c`;
    const environment = { ...ON, OTEL_RESOURCE_ATTRIBUTES: list };
    const expected = { a: 'c', 'k8s.node.name': 'node-1', d: 'e=f', empty: '', long };
    assert.deepEqual(settingsOf(environment).attributes, expected);
    assert.deepEqual(
      warningsOf(environment).map((warning) => /item (\d+) is not/.exec(warning)?.[1]),
      ['3', '4', '5'],
    );
    const one = settingsOf({ ...ON, OTEL_RESOURCE_ATTRIBUTES: 'a=b%20%3D' });
    assert.deepEqual(one.attributes, { a: 'b =' });
  });

  it('sends what is asked for: protobuf, unless it is JSON', () => {
    const protocolOf = (environment: Environment) => settingsOf({ ...ON, ...environment }).protocol;
    assert.equal(protocolOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/JSON' }), 'http/json');
    const both = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
    };
    assert.equal(protocolOf(both), 'http/protobuf');
    assert.equal(protocolOf({ ...both, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' }), 'http/json');
  });

  it('lets OTEL_SERVICE_NAME win over the attributes', () => {
    const environment = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'b' };
    assert.deepEqual(settingsOf({ ...ON, ...environment }).attributes, { 'service.name': 'b' });
  });

  it('keeps what may be a secret out of its warnings', () => {
    const url = 'grpc://user:secret@collector:4317/?key=secret';
    const values = {
      OTEL_EXPORTER_OTLP_HEADERS: 'token secret',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: url,
      OTEL_EXPORTER_OTLP_COMPRESSION: url,
    };
    const warnings = warningsOf(values);
    assert.equal(warnings.length, Object.keys(values).length);
    assert.ok(!warnings.join().includes('secret'), warnings.join('\n'));
  });

  it('does not warn of what is right', () => {
    const right = {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YTpi==,x-scope= 1 ,',
      OTEL_RESOURCE_ATTRIBUTES: 'k8s.node.name=a,b=',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/Protobuf',
      OTEL_METRICS_EXPORTER: 'otlp,console',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'GZIP',
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'EXPLICIT_bucket_histogram',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Cumulative',
    };
    assert.deepEqual(warningsOf(right), []);
  });
});
