// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redactText, redactUrl } from '../../../../src/export/otlp/endpoint.ts';

describe('redactUrl', () => {
  it('shows neither user nor password nor query', () => {
    assert.equal(redactUrl('https://u:p@host:1/a/b?key=s#f'), 'https://host:1/a/b');
  });
});

describe('redactText', () => {
  for (const [text, shown] of [
    ['localhost:4318', 'localhost:4318'],
    ['ftp://host/path', 'ftp://host/path'],
    ['grpc://user:secret@c:4317', 'grpc://***@c:4317'],
    ['user:secret@c:4317', '***@c:4317'],
    ['grpc://user:se?cr#et/@@c:4317', 'grpc://***@c:4317'],
    ['ftp://host/path?key=secret', 'ftp://host/path?***'],
    ['host#secret', 'host#***'],
    ['ftp://user:secret\n@host?secret\nsecret', 'ftp://***@host?***'],
  ] as const) {
    it(`shows "${text.replaceAll('\n', '\\n')}" as "${shown}"`, () => {
      assert.equal(redactText(text), shown);
    });
  }
});
