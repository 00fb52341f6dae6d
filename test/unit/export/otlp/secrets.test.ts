// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redactText, redactUrl } from '../../../../src/endpoint.ts';
import { createRedactor } from '../../../../src/export/otlp/secrets.ts';

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

describe('createRedactor', () => {
  const redact = createRedactor(
    'http://us%20er:pass%2Fword@host/v1/metrics?key=que%20ry&tenant=7',
    { authorization: 'Bearer abc.def', 'x-odd': '$1(', 'x-scope': '1' },
  );

  for (const [said, shown] of [
    ['no token Bearer abc.def', 'no token ***'],
    ['tokenabc.def;', 'token***;'],
    ['us%20er or us er', '*** or ***'],
    ['"pass/word" or pass%2Fword', '"***" or ***'],
    [`Basic ${Buffer.from('us er:pass/word').toString('base64')}`, 'Basic ***'],
    ['que%20ry, que ry', '***, ***'],
    ['it costs $1(', 'it costs ***'],
    ['tenant 7, scope 1', 'tenant ***, scope ***'],
    ['connect ECONNREFUSED 127.0.0.1:4317', 'connect ECONNREFUSED 127.0.0.1:4317'],
    ['abcxdef, localhost', 'abcxdef, localhost'],
  ] as const) {
    it(`shows "${said}" as "${shown}"`, () => {
      assert.equal(redact(said), shown);
    });
  }

  it('leaves all as it is where there is no secret', () => {
    const plain = createRedactor('http://host/', {});
    assert.equal(plain('no secret: ""'), 'no secret: ""');
  });

  it('takes a user who is no percent-encoding as it is', () => {
    const odd = createRedactor('http://a%zzb:p@host/', {});
    assert.equal(odd('a%zzb'), '***');
  });
});
