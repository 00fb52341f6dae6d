// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runExporter } from '../../../src/cli/run.ts';
import { exitCodeOf } from '../../../src/errors.ts';
import { loadWebSecurity } from '../../../src/web-config/load.ts';
import { Authority } from '../../e2e/support/authority.ts';
import { contextOf } from '../cli/context.ts';
import { BROKEN_FILES } from './broken-files.ts';

const HASH = `$2y$10$${'a'.repeat(53)}`;

let authority: Authority;

before(() => {
  authority = new Authority();
  authority.sign('server', 'IP:127.0.0.1');
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: authority.folder, stdio: 'pipe' });
  const locked = ['-in', 'server.key', '-out', 'locked.key', '-aes256', '-passout', 'pass:x'];
  openssl('pkey', ...locked);
  const weak = ['-newkey', 'rsa:512', '-nodes', '-keyout', 'weak.key', '-out', 'weak.pem'];
  openssl('req', '-x509', ...weak, '-subj', '/CN=weak');
  writeFileSync(join(authority.folder, 'text'), 'no PEM\n');
  writeFileSync(join(authority.folder, 'large'), Buffer.alloc(2 ** 20 + 1));
});
after(() => authority.close());

function write(yaml: string): string {
  const path = join(authority.folder, 'web.yml');
  writeFileSync(path, yaml);
  return path;
}

const load = (yaml: string) => loadWebSecurity(write(yaml), '--web.config.file');

it('is a table of more than 40 broken files, no two of them alike', () => {
  assert.ok(BROKEN_FILES.length > 40, `${BROKEN_FILES.length} files`);
  assert.equal(new Set(BROKEN_FILES.map(({ yaml }) => yaml)).size, BROKEN_FILES.length);
  for (const { what, line } of BROKEN_FILES) {
    assert.match(line, /^:\d+: .*; /, `${what}: a place and a remedy`);
    assert.doesNotMatch(line, /\n|secret/, what);
  }
});

describe('--web.config.check', () => {
  /** What it throws, or what it writes. */
  async function check(path: string): Promise<string> {
    let written = '';
    const argv = ['run', '--web.config.file', path, '--web.config.check'] as const;
    const write = (text: string) => {
      written += text;
    };
    await runExporter(await contextOf(argv, { write }), () => assert.fail('nothing is started'));
    return written;
  }

  for (const { what, yaml, line } of BROKEN_FILES) {
    it(`refuses ${what}`, async () => {
      const path = write(yaml);
      const named = line.replace(/\{(.*?)\}/, (_, name) => join(authority.folder, name));
      await assert.rejects(check(path), (error: Error) => {
        assert.equal(error.message, `read ${path}${named}`);
        assert.equal(exitCodeOf(error), 2);
        return true;
      });
    });
  }

  it('says so of a file that cannot be read, and where none is named', async () => {
    const none = join(authority.folder, 'none.yml');
    await assert.rejects(check(none), {
      message: `read --web.config.file "${none}": no such file; name one that the exporter may read`,
    });
    const latin = write('');
    writeFileSync(latin, Buffer.from('basic_auth_users: \xe9', 'latin1'));
    await assert.rejects(check(latin), {
      message: `read --web.config.file "${latin}": not UTF-8; save it as UTF-8`,
    });
    const context = await contextOf(['run', '--web.config.check'], {});
    await assert.rejects(runExporter(context, assert.fail), {
      message: 'read --web.config.check: there is no file; add --web.config.file',
    });
  });

  it('says so of one that will do', async () => {
    assert.equal(await check(write('')), 'the web configuration is valid\n');
  });
});

describe('loadWebSecurity', () => {
  it('takes an empty file, and sections without a word in them', async () => {
    const open = { headers: {}, users: new Map() };
    assert.deepEqual(await load(''), open);
    assert.deepEqual(await load('tls_server_config:\nhttp_server_config: {}\n'), open);
    assert.deepEqual(await load('tls_server_config: {}\nbasic_auth_users:\n'), open);
  });

  it('reads every key, files by their paths from its own folder', async () => {
    const named: string[] = [];
    const path = write(`tls_server_config:
  cert_file: server.pem
  key_file: ${join(authority.folder, 'server.key')}
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [a.example, "192.0.2.1"]
  min_version: TLS10
  max_version: TLS12
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  curve_preferences: [X25519, CurveP256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: false
  headers:
    Strict-Transport-Security: max-age=31536000; includeSubDomains
    X-Frame-Options: deny
basic_auth_users:
  prom: ${HASH}
  007: ${HASH}
  constructor: ${HASH}
`);
    const { tls, headers, users } = await loadWebSecurity(path, '', (file) => named.push(file));
    const { cert, key, clientCa, ...rest } = tls ?? assert.fail();
    assert.match(cert, /BEGIN CERTIFICATE/);
    assert.match(key, /BEGIN PRIVATE KEY/);
    assert.equal(clientCa, authority.cert);
    assert.deepEqual(rest, {
      clientAuth: 'RequireAndVerifyClientCert',
      clientAllowedSans: ['a.example', '192.0.2.1'],
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.2',
      ciphers: ['ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'],
      curves: ['X25519', 'P-256'],
      preferServerCiphers: false,
    });
    assert.deepEqual(headers, {
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
      'X-Frame-Options': 'deny',
    });
    assert.deepEqual([...users.keys()], ['prom', '007', 'constructor']);
    const files = ['server.pem', 'server.key', 'ca.pem'];
    assert.deepEqual(
      named,
      files.map((file) => join(authority.folder, file)),
    );
  });

  it('takes certificate, key and authority in the file itself', async () => {
    const { cert, key } = authority.sign('inline', 'IP:127.0.0.1');
    const block = (text: string) => `|\n${text.replace(/^/gm, '    ')}`;
    const { tls } = await load(`tls_server_config:
  cert: ${block(cert)}
  key: ${block(key)}
  client_ca: ${block(authority.cert)}
  client_auth_type: VerifyClientCertIfGiven
`);
    assert.equal(tls?.cert.trim(), cert.trim());
    assert.equal(tls?.clientAuth, 'VerifyClientCertIfGiven');
    assert.deepEqual([tls?.minVersion, tls?.maxVersion], ['TLSv1.2', 'TLSv1.3']);
    assert.equal(tls?.preferServerCiphers, true);
  });

  it('takes the older name of a type', async () => {
    mkdirSync(join(authority.folder, 'below'), { recursive: true });
    const pair = 'cert_file: server.pem, key_file: below/../server.key';
    const { tls } = await load(`tls_server_config: {${pair}, client_auth_type: RequireClientCert}`);
    assert.equal(tls?.clientAuth, 'RequireAnyClientCert');
  });
});
