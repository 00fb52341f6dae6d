// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readOtlpConfig } from '../../../../src/export/otlp/settings.ts';

function read(environment: Readonly<Record<string, string>>) {
  const { settings, notes } = readOtlpConfig(undefined, environment);
  return { headers: settings?.headers, warnings: notes.map(({ message }) => message) };
}

describe('OTEL_EXPORTER_OTLP_HEADERS', () => {
  it('sends general headers and those of the metrics, of which the latter win whatever their case', () => {
    const { headers, warnings } = read({
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=general,x-scope= a%20b ,cookie=a%3Db;c',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'authorization=Basic%20YTpi==',
    });
    assert.deepEqual(headers, { authorization: 'Basic YTpi==', 'x-scope': 'a b', cookie: 'a=b;c' });
    assert.deepEqual(warnings, []);
  });

  for (const [what, item] of [
    ['quotes that an env file has kept', '"authorization=Bearer secret"'],
    ['a space in its name', 'a b=secret'],
    ['the end of a line in its value', 'a=b%0D%0Asecret:1'],
    ['no value', 'a='],
    ['what no header may hold', 'a=%E2%82%AC'],
    ['the name of a header of the request itself', 'Host=secret'],
    ['the length of the content', 'content-length=3'],
    ['the type of the content', 'Content-Type=text/plain'],
    ['the encoding of the transfer', 'transfer-encoding=chunked'],
  ] as const) {
    it(`leaves out a header with ${what}, and names the variable`, () => {
      for (const name of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_METRICS_HEADERS']) {
        const environment = { [name]: `x=1,${item}` };
        assert.deepEqual(read(environment), {
          headers: { x: '1' },
          warnings: [`read ${name}: item 2 is not one that can be sent; it is ignored`],
        });
      }
    });
  }
});
