// SPDX-License-Identifier: Apache-2.0
// What switches OTLP on and off.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readOtlpConfig } from '../../../../src/export/otlp/settings.ts';

describe('OTLP', () => {
  it('leaves OTLP off, without a word, where nothing asks for it', () => {
    const general = { OTEL_SERVICE_NAME: 'a', OTEL_METRIC_EXPORT_INTERVAL: '1000' };
    for (const environment of [{}, general, { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }]) {
      assert.deepEqual(readOtlpConfig(undefined, environment), { notes: [] });
    }
  });

  it('is switched on by any variable of the exporter', () => {
    for (const suffix of ['ENDPOINT', 'HEADERS', 'TIMEOUT', 'COMPRESSION', 'CERTIFICATE']) {
      for (const name of [`OTEL_EXPORTER_OTLP_${suffix}`, `OTEL_EXPORTER_OTLP_METRICS_${suffix}`]) {
        assert.ok(readOtlpConfig(undefined, { [name]: 'x' }).settings !== undefined, name);
      }
    }
  });

  it('is switched off by OTEL_SDK_DISABLED and OTEL_METRICS_EXPORTER, and says so', () => {
    for (const [name, value] of [
      ['OTEL_SDK_DISABLED', 'TRUE'],
      ['OTEL_METRICS_EXPORTER', 'none'],
    ] as const) {
      const { settings, notes } = readOtlpConfig('http://collector:4318', { [name]: value });
      assert.equal(settings, undefined);
      assert.deepEqual(
        notes.map(({ level }) => level),
        ['info'],
      );
      assert.match(notes[0]?.message ?? '', new RegExp(`not pushed with OTLP: ${name}`));
    }
  });

  it('is switched off by a list of exporters without otlp, unless the flag is given, and says so', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    for (const list of ['prometheus', 'console,Prometheus']) {
      const environment = { ...endpoint, OTEL_METRICS_EXPORTER: list };
      assert.deepEqual(readOtlpConfig(undefined, environment), {
        notes: [
          {
            level: 'info',
            message: 'metrics are not pushed with OTLP: OTEL_METRICS_EXPORTER does not name otlp',
          },
        ],
      });
      const { settings } = readOtlpConfig('http://flag', environment);
      assert.equal(settings?.url, 'http://flag/v1/metrics');
    }
    assert.deepEqual(readOtlpConfig(undefined, { OTEL_METRICS_EXPORTER: 'prometheus' }), {
      notes: [],
    });
    const both = { ...endpoint, OTEL_METRICS_EXPORTER: 'prometheus,OTLP' };
    assert.ok(readOtlpConfig(undefined, both).settings !== undefined);
  });

  it('warns of an exporter that nobody knows, also where that switches it off', () => {
    const { settings, notes } = readOtlpConfig(undefined, { OTEL_METRICS_EXPORTER: 'oltp' });
    assert.equal(settings, undefined);
    assert.deepEqual(notes, [
      {
        level: 'warn',
        message: 'read OTEL_METRICS_EXPORTER "oltp": not otlp or none; it is ignored',
      },
    ]);
  });
});
