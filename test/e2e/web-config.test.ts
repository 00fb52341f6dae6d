// SPDX-License-Identifier: Apache-2.0
// --web.config.file with real clients: Prometheus, promtool, and scrapes that go on while certificates and users change.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { parseExposition, sumOf } from './support/exposition.ts';
import { createNamespace, until } from './support/namespace.ts';
import { PrometheusServer } from './support/prometheus-server.ts';
import { SecureClient } from './support/secure-client.ts';
import { hashOf, WebFolder } from './support/web-folder.ts';

const PROJECT = new URL('../../../', import.meta.url);
const EXAMPLES = readdirSync(new URL('deploy/web-config/', PROJECT));
const RELOADED = 'xdp_exporter_file_last_reload_successful';

describe('--web.config.file', { skip: skipUnlessRoot }, () => {
  let folder: WebFolder;
  before(() => {
    folder = new WebFolder();
  });
  after(() => folder?.close());

  async function start(context: TestContext, text: string): Promise<ExporterProcess> {
    const path = folder.write(text);
    const exporter = await ExporterProcess.start(['-i', 'none-such', '--web.config.file', path]);
    context.after(() => exporter.close());
    return exporter;
  }

  function clientOf(context: TestContext, login?: string, keepAlive = true): SecureClient {
    const client = new SecureClient(folder, { keepAlive, ...(login && { login }) });
    context.after(() => client.close());
    return client;
  }

  /** The common name of the certificate that the exporter shows. */
  function shownBy({ url }: ExporterProcess): Promise<unknown> {
    const { cert, key } = folder.client;
    const ca = folder.authority.cert;
    const { hostname: host, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port), ca, cert, key }, () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  }

  test('promtool accepts the examples that are shipped, and so does --web.config.check', async () => {
    assert.ok(EXAMPLES.length >= 3);
    for (const name of EXAMPLES) {
      const path = folder.write(folder.example(name));
      const { status, stderr } = spawnSync('promtool', ['check', 'web-config', path]);
      assert.equal(status, 0, `${name}: ${stderr}`);
      assert.match(`${stderr}`, /SUCCESS/, name);
      const { code, stdout } = await runMain([
        ...['run', '--web.config.file', path, '--web.config.check'],
      ]);
      assert.deepEqual([code, stdout], [0, 'the web configuration is valid\n'], name);
    }
  });

  test('Prometheus scrapes by TLS 1.3, with a certificate and a password, by the example that is shipped', async (context) => {
    const exporter = await start(context, folder.example('mutual-tls.yml', 'a password'));
    writeFileSync(folder.path('password'), 'a password\n');
    const config = readFileSync(new URL('deploy/prometheus/secure.yml', PROJECT), 'utf8')
      .replace('/etc/prometheus/xdp-exporter-ca.crt', folder.authority.certFile)
      .replace('/etc/prometheus/client.crt', folder.client.certFile)
      .replace('/etc/prometheus/client.key', folder.client.keyFile)
      .replace('/etc/prometheus/xdp-exporter.password', folder.path('password'))
      .replace('127.0.0.1:10390', new URL(exporter.url).host);
    const server = await PrometheusServer.start(`global: {scrape_interval: 1s}\n${config}`);
    try {
      await until('it has scraped', async () => (await server.samples('up'))[0]?.value === 1, 30);
      assert.equal((await server.samples(RELOADED))[0]?.value, 1);
      const wrong = clientOf(context, 'prometheus:wrong');
      assert.equal((await wrong.get(exporter.url)).status, 401);
    } finally {
      await server.close();
    }
    assert.match(exporter.url, /^https:/);
  });

  test('a file that will not do ends it with 2 and one line, before anything is attached', async () => {
    const namespace = await createNamespace();
    try {
      for (const [text, line] of [
        ['tls_server_config:\n  cert_file: tls.crt\n', /:2: tls_server_config.cert_file: .*; add/],
        ['basic_auth_users:\n  prom: secret\n', /:2: basic_auth_users.prom: not a bcrypt hash; /],
      ] as const) {
        const { code, stderr } = await runMain([
          ...['run', '--netns', namespace.name, '--device', 'v0'],
          ...['--web.listen-address', '127.0.0.1:0', '--web.config.file', folder.write(text)],
        ]);
        assert.match(stderr, line);
        assert.deepEqual([code, stderr.trim().split('\n').length], [2, 1], stderr);
        assert.equal(await namespace.xdpProgramId('v0'), undefined);
      }
    } finally {
      await namespace.close();
    }
  });

  test('no scrape fails while the certificate and the users change', async (context) => {
    folder.renewCertificate('first');
    const users = (...names: string[]) =>
      names.map((name) => `  ${name}: ${hashOf(`${name} password`)}\n`).join('');
    const tls = folder.example('mutual-tls.yml').replace(/^basic_auth_users.*/ms, '');
    const fileOf = (...names: string[]) => `${tls}basic_auth_users:\n${users(...names)}`;
    const exporter = await start(context, fileOf('one'));
    let login = 'one:one password';
    let isOver = false;
    const statuses = new Map<number, number>();
    const scrape = async (keepAlive: boolean) => {
      const client = clientOf(context, undefined, keepAlive);
      while (!isOver) {
        const { status } = await client.get(exporter.url, login);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await delay(20);
      }
    };
    const scrapes = Promise.all([scrape(true), scrape(true), scrape(false)]);
    const client = clientOf(context);
    const statusFor = async (name: string) =>
      (await client.get(exporter.url, `${name}:${name} password`)).status;
    folder.renewCertificate('second');
    await until('it shows the new certificate', async () => (await shownBy(exporter)) === 'second');
    folder.write(fileOf('one', 'two'));
    await until('both may scrape', async () => (await statusFor('two')) === 200);
    login = 'two:two password';
    await delay(100);
    folder.write(fileOf('two'));
    await until('the first may not any more', async () => (await statusFor('one')) === 401);
    folder.renewCertificate('third');
    await until('it shows the third', async () => (await shownBy(exporter)) === 'third');
    await delay(200);
    isOver = true;
    await scrapes;
    assert.deepEqual([...statuses.keys()], [200]);
    assert.ok((statuses.get(200) ?? 0) > 50, `${statuses.get(200)} scrapes`);
    assert.doesNotMatch(exporter.log, /level=error|wire process ended/);
  });

  test('a broken file changes nothing, and is told by the log and a metric', async (context) => {
    const good = folder.example('basic-auth.yml', 'a password');
    const exporter = await start(context, good);
    const client = clientOf(context, 'prometheus:a password');
    const state = async () =>
      sumOf(parseExposition((await client.get(exporter.url)).body), RELOADED);
    assert.equal(await state(), 1);
    folder.write(good.replace('cert_file', 'cert'));
    await until('it is told', async () => (await state()) === 0);
    const line = 1 + good.split('\n').findIndex((each) => each.includes('cert_file'));
    const place = `web\\.yml:${line}: tls_server_config\\.cert`;
    assert.match(
      exporter.log,
      new RegExp(
        `level=warn msg="reload web configuration: read \\S+${place}: not a certificate in PEM; .*; the previous settings stay in force until you fix it: see docs/web-config\\.md"`,
      ),
    );
    folder.write(good);
    await until('it is well again', async () => (await state()) === 1);
  });
});
