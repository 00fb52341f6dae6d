// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { negotiateFormat } from '../../../src/export/format.ts';

/** By who sends them. */
const ACCEPTED = [
  [
    'Prometheus 3',
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'Prometheus 2',
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'Prometheus that wants the text format first',
    'text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1',
    'text',
  ],
  ['VictoriaMetrics', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', 'text'],
  ['curl', '*/*', 'text'],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
  ['who wants any OpenMetrics', 'application/openmetrics-text', 'openmetrics'],
  [
    'who repeats our type',
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
    'openmetrics',
  ],
  ['who writes capitals', 'Application/OpenMetrics-Text ; Version=1.0.0', 'openmetrics'],
  ['who reads an older OpenMetrics', 'application/openmetrics-text;version=0.0.1', 'text'],
  ['who reads a newer OpenMetrics', 'application/openmetrics-text;version=2.0.0', 'text'],
  ['who refuses OpenMetrics', 'application/openmetrics-text;version=1.0.0;q=0, */*', 'text'],
  [
    'Prometheus 2 with native histograms',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'protobuf',
  ],
  [
    'Prometheus 3 with native histograms',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'protobuf',
  ],
  [
    'Prometheus that wants protobuf last',
    'application/openmetrics-text;version=1.0.0;q=0.5,application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.4,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'who reads delimited protobuf alone',
    'application/vnd.google.protobuf;encoding=delimited',
    'protobuf',
  ],
  [
    'who reads protobuf as text',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text',
    'text',
  ],
  [
    'who reads other messages',
    'application/vnd.google.protobuf;proto=other;encoding=delimited',
    'text',
  ],
  [
    'who refuses protobuf',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0,*/*',
    'text',
  ],
  ['who says nothing', undefined, 'text'],
  ['who says an empty thing', '', 'text'],
  ['who talks nonsense', ';;q=,="', 'text'],
  ['who sends far too much', `${'a/b,'.repeat(4_000)}application/openmetrics-text`, 'text'],
] as const;

describe('negotiateFormat', () => {
  for (const [client, accept, format] of ACCEPTED) {
    it(`gives ${format} to ${client}`, () => {
      assert.equal(negotiateFormat(accept), format);
    });
  }

  it('gives something to whatever is sent', () => {
    const part = fc.constantFrom(
      'application/openmetrics-text',
      'application/vnd.google.protobuf',
      'text/plain',
      '*',
      '/',
      ';',
      ',',
    );
    const value = fc.constantFrom('version=', '1.0.0', 'q=', '"', '\\', ' ', '\t', '__proto__=1');
    fc.assert(
      fc.property(fc.array(fc.oneof(part, value, fc.string())), (parts) => {
        assert.match(negotiateFormat(parts.join('')), /^(text|openmetrics|protobuf)$/);
      }),
    );
  });
});
