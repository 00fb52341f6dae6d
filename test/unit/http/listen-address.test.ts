// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../../../src/errors.ts';
import { formatListenAddress, parseListenAddress } from '../../../src/http/listen-address.ts';

describe('parseListenAddress', () => {
  const accepted = [
    ['127.0.0.1:10390', { host: '127.0.0.1', port: 10_390 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    [':10390', { host: '', port: 10_390 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
  ] as const;

  for (const [text, address] of accepted) {
    it(`reads "${text}" and writes it back`, () => {
      assert.deepEqual(parseListenAddress(text), address);
      assert.equal(formatListenAddress(address), text);
    });
  }

  it('reads an IPv4 address in brackets, since a manifest does not know the family of its node', () => {
    assert.deepEqual(parseListenAddress('[192.0.2.1]:80'), { host: '192.0.2.1', port: 80 });
  });

  const refused = [
    ['', 'not host:port'],
    ['10390', 'not host:port'],
    ['localhost', 'not host:port'],
    ['localhost:', 'not host:port'],
    ['localhost:http', 'not host:port'],
    ['localhost:-1', 'not host:port'],
    ['::1:10390', 'not host:port'],
    ['http://localhost:10390', 'not host:port'],
    ['local host:10390', 'not host:port'],
    ['localhost:10390\n', 'not host:port'],
    ['localhost:65536', 'port above 65535'],
    ['[localhost]:10390', 'not an IP address in brackets'],
    ['[]:10390', 'not host:port'],
  ] as const;

  for (const [text, cause] of refused) {
    it(`refuses ${JSON.stringify(text)} as ${cause}`, () => {
      assert.throws(
        () => parseListenAddress(text),
        (error) =>
          error instanceof ConfigError &&
          error.message ===
            `${cause}; write "127.0.0.1:10390", "[::1]:10390" or ":10390" for every interface`,
      );
    });
  }

  it('reads back whatever it writes', () => {
    const host = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((text) => text.includes(':')),
      fc.domain(),
    );
    fc.assert(
      fc.property(fc.record({ host, port: fc.nat(65_535) }), (address) => {
        assert.deepEqual(parseListenAddress(formatListenAddress(address)), { ...address });
      }),
    );
  });
});
