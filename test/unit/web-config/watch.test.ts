// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { WebConfigWatch } from '../../../src/web-config/watch.ts';
import type { WebSecurity } from '../../../src/web-config/web-security.ts';
import { Authority } from '../../e2e/support/authority.ts';
import { FakeLog } from '../fake-log.ts';

const INTERVAL_MS = 10;
const hash = (letter: string) => `$2b$04$${letter.repeat(53)}`;
const users = (letter: string) => `basic_auth_users:\n  prom: ${hash(letter)}\n`;

describe('WebConfigWatch', () => {
  let authority: Authority;
  let path: string;
  let log: FakeLog;
  let watch: WebConfigWatch;
  let seen: WebSecurity[];

  beforeEach(() => {
    authority = new Authority();
    path = join(authority.folder, 'web.yml');
    log = new FakeLog();
    seen = [];
  });
  afterEach(() => {
    watch.close();
    authority.close();
  });

  async function start(text: string): Promise<void> {
    writeFileSync(path, text);
    watch = await WebConfigWatch.start({
      path,
      origin: '--web.config.file',
      log: log.log,
      intervalMs: INTERVAL_MS,
    });
    watch.onChange((security) => seen.push(security));
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < 500 && !holds(); turn++) {
      await delay(INTERVAL_MS);
    }
    assert.ok(holds(), what);
  }

  const warnings = () => log.at('warn');

  it('tells of a change, and of nothing where the file is written as it was', async () => {
    await start(users('a'));
    assert.equal(watch.security.users.get('prom'), hash('a'));
    writeFileSync(path, users('a'));
    await delay(5 * INTERVAL_MS);
    assert.equal(seen.length, 0);
    writeFileSync(path, users('b'));
    await until('it is told', () => seen.length === 1);
    assert.equal(seen[0]?.users.get('prom'), hash('b'));
    assert.equal(watch.security, seen[0]);
    assert.equal(watch.isInForce, true);
    assert.deepEqual(log.records.at(-1), {
      level: 'info',
      message: 'reloaded web configuration',
      fields: { tls: false, users: 1 },
    });
  });

  it('keeps what was in force where the new file is broken, and says so once', async () => {
    await start(users('a'));
    writeFileSync(path, 'basic_auth_users:\n  prom: x\n');
    await until('it warns', () => warnings().length > 0);
    assert.equal(watch.isInForce, false);
    await delay(10 * INTERVAL_MS);
    assert.deepEqual(warnings(), [
      `reload web configuration: read ${path}:2: basic_auth_users.prom: not a bcrypt hash; write what \`htpasswd -nBC 10 USER\` prints after the colon; the previous settings stay in force until you fix it: see docs/web-config.md`,
    ]);
    assert.equal(watch.security.users.get('prom'), hash('a'));
    writeFileSync(path, users('a'));
    await until('it is in force again', () => watch.isInForce);
    assert.equal(seen.length, 0);
  });

  it('takes no file for one that is being written, and no empty one for the wish to serve everybody', async () => {
    await start(users('a'));
    writeFileSync(path, '');
    await until('it warns', () => warnings().length > 0);
    assert.match(
      warnings()[0] ?? '',
      /web\.yml:1: it removes TLS and all users; restart the exporter to serve plain HTTP to everybody; /,
    );
    rmSync(path);
    await until('it warns', () => warnings().length > 1);
    assert.match(warnings()[1] ?? '', /: no such file; /);
    assert.equal(seen.length, 0);
    assert.equal(watch.security.users.size, 1);
  });

  it('sees a certificate that changes with its key, as a volume of Kubernetes is updated', async () => {
    const { folder } = authority;
    const write = (version: string) => {
      const { cert, key } = authority.sign(version, 'IP:127.0.0.1');
      mkdirSync(join(folder, `..${version}`));
      writeFileSync(join(folder, `..${version}`, 'tls.crt'), cert);
      writeFileSync(join(folder, `..${version}`, 'tls.key'), key);
      symlinkSync(`..${version}`, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      return cert;
    };
    write('one');
    symlinkSync('..data/tls.crt', join(folder, 'tls.crt'));
    symlinkSync('..data/tls.key', join(folder, 'tls.key'));
    await start('tls_server_config: {cert_file: tls.crt, key_file: tls.key}');
    const second = write('two');
    await until('it is told', () => seen.length === 1);
    assert.equal(seen[0]?.tls?.cert, second);
    assert.deepEqual(warnings(), []);
  });

  it('waits for the key of a new certificate', async () => {
    const { certFile, keyFile, cert } = authority.sign('server', 'IP:127.0.0.1');
    await start(`tls_server_config: {cert_file: ${certFile}, key_file: ${keyFile}}`);
    const next = authority.sign('next', 'IP:127.0.0.1');
    writeFileSync(certFile, next.cert);
    await until('it warns', () => warnings().length > 0);
    assert.match(warnings()[0] ?? '', /the key does not belong to the certificate/);
    assert.equal(watch.security.tls?.cert, cert);
    writeFileSync(keyFile, next.key);
    await until('it is told', () => seen.length === 1);
    assert.deepEqual([seen[0]?.tls?.cert, watch.isInForce], [next.cert, true]);
  });

  it('notices a file that comes later, though it is named in a file that is broken without it', async () => {
    await start(users('a'));
    const ca = join(authority.folder, 'later.pem');
    const { certFile, keyFile } = authority.sign('server', 'IP:127.0.0.1');
    const pair = `cert_file: ${certFile}, key_file: ${keyFile}`;
    const auth = `client_auth_type: RequireAndVerifyClientCert, client_ca_file: ${ca}`;
    writeFileSync(path, `tls_server_config: {${pair}, ${auth}}`);
    await until('it warns', () => warnings().length > 0);
    writeFileSync(ca, authority.cert);
    await until('it is told', () => seen.length === 1);
    assert.equal(seen[0]?.tls?.clientCa, authority.cert);
  });
});
