// SPDX-License-Identifier: Apache-2.0
// The file of TLS, headers and users: any bytes are settings, or one error with the file and its line, and without a hash.
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/errors.ts';
import { loadWebSecurity } from '../../../src/web-config/load.ts';
import type { Target } from '../target.ts';
import { writeInput } from '../written-file.ts';

const HASH = `$2y$10$${'a'.repeat(53)}`;

export const webConfig: Target = {
  name: 'web-config',
  maxBytes: 2048,
  dictionary: [
    ...'tls_server_config http_server_config basic_auth_users'.split(' ').map((key) => `\n${key}:`),
    ...'cert_file key_file cert key client_auth_type client_ca_file client_ca client_allowed_sans'
      .split(' ')
      .map((key) => `\n  ${key}: `),
    ...'min_version max_version cipher_suites curve_preferences prefer_server_cipher_suites http2 headers'
      .split(' ')
      .map((key) => `\n  ${key}: `),
    ...'true false null TLS12 TLS13 NoClientCert RequireAndVerifyClientCert X25519 [ ] { } - & * !'.split(
      ' ',
    ),
    ...'/dev/zero /dev/tty . .. /proc/self/environ'.split(' '),
    `\n  user: ${HASH}`,
    '\n    X-Frame-Options: deny',
    '\n    Content-Security-Policy: ',
    '"\\r\\nSet-Cookie: a"',
    '|\n    -----BEGIN CERTIFICATE-----\n    AAAA\n    -----END CERTIFICATE-----\n',
    '&a [*a]',
    '\t',
  ],
  async run(input) {
    const path = writeInput('web.yaml', input);
    try {
      const { headers, users } = await loadWebSecurity(path, '--web.config.file');
      assert.ok(Object.values(headers ?? {}).every((value) => !/[^\t -~]/.test(String(value))));
      for (const [user, hash] of users) {
        assert.match(hash, /^\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/);
        assert.ok(user !== '' && !user.includes(':'));
      }
    } catch (error) {
      assert.ok(error instanceof ConfigError, error instanceof Error ? error.stack : String(error));
      assert.ok(error.message.includes(path), error.message);
      assert.ok(!error.message.includes('a'.repeat(53)), 'it shows a hash');
    }
    return undefined;
  },
};
