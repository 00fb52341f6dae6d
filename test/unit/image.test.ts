// SPDX-License-Identifier: Apache-2.0
// The Dockerfile against what surrounds it: what is copied exists and may be sent, names and versions agree.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missingCapabilities } from '../../src/engine/capabilities.ts';
import { readBase } from '../image/support/built-image.ts';
import {
  readCapabilityTable,
  readCapabilityTests,
  readRunFlags,
} from '../image/support/capability-document.ts';
import { readSecurityContext } from '../image/support/daemon-set.ts';

const PROJECT = new URL('../../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, PROJECT), 'utf8');
const manifest = () => JSON.parse(read('package.json')) as { version: string; files: string[] };

/** What the Dockerfile takes from the project, and not from another stage. */
function copied(): string[] {
  return [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, sources = '']) => sources.split(' '),
  );
}

test('every file that the Dockerfile copies exists, and .dockerignore lets through that and nothing else', () => {
  const lines = read('.dockerignore').split('\n');
  // A folder that is let through only to let a part of it through is not sent.
  const sent = lines
    .filter((line) => line.startsWith('!') && !lines.includes(`${line.slice(1)}/*`))
    .map((line) => line.slice(1));
  assert.deepEqual([...new Set(copied())].sort(), sent.sort());
  for (const name of sent) {
    assert.ok(existsSync(new URL(name, PROJECT)), name);
  }
});

test('the Dockerfile copies every file of the package that is not built', () => {
  const files = manifest().files.filter((name) => !name.startsWith('dist/'));
  assert.deepEqual(
    files.filter((name) => !copied().includes(name)),
    [],
  );
});

test('every stage starts from one base, pinned to a version of Node.js', () => {
  const froms = read('Dockerfile').match(/^FROM .*$/gm) ?? [];
  assert.ok(froms.length > 1);
  for (const from of froms) {
    assert.match(from, /^FROM \$\{BASE\}( AS \w+)?$/);
  }
  assert.match(readBase().base, /^docker\.io\/library\/node:\d+\.\d+\.\d+-bookworm-slim$/);
});

test('the label of the image has the version of the package', () => {
  assert.ok(read('Dockerfile').includes(`image.version="${manifest().version}"`));
});

/** Made by openssl(1), as everybody's first certificate is. */
function selfSigned(): { key: string; cert: string } {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const pem = execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-subj', '/CN=exporter', '-keyout', '-', '-out', '-'],
    { encoding: 'utf8', stdio: 'pipe' },
  );
  const [key = '', cert = ''] = pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  return { key, cert };
}

describe('the health check of the image', () => {
  const [, script = ''] = JSON.parse(
    /^ {2}CMD (\[.*\])$/m.exec(read('Dockerfile'))?.[1] ?? '[]',
  ).slice(1);
  let statusCode = 200;
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/healthz' ? statusCode : 404;
    response.end();
  });
  let port: number;

  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => server.close());

  async function check(address: string): Promise<number | null> {
    const child = spawn(process.execPath, ['-e', script], {
      env: { XDP_EXPORTER_WEB_LISTEN_ADDRESS: address },
    });
    const [code] = await once(child, 'exit');
    return code;
  }

  for (const host of ['127.0.0.1', '[127.0.0.1]', '', '0.0.0.0', '[0.0.0.0]', 'localhost']) {
    test(`finds an exporter that listens on "${host}:PORT"`, async () => {
      assert.equal(await check(`${host}:${port}`), 0);
    });
  }

  test('asks the first of many addresses', async () => {
    assert.equal(await check(`127.0.0.1:${port},127.0.0.1:1`), 0);
    assert.equal(await check(`127.0.0.1:1,127.0.0.1:${port}`), 1);
  });

  for (const [what, options] of [
    ['whatever its certificate', {}],
    ['that demands a certificate', { requestCert: true, rejectUnauthorized: true }],
    ['that demands one in TLS 1.2', { requestCert: true, maxVersion: 'TLSv1.2' }],
  ] as const) {
    test(`finds an exporter with TLS, ${what}`, async () => {
      const secure = createSecureServer({ ...selfSigned(), ...options }, (_, response) => {
        response.statusCode = statusCode;
        response.end();
      });
      await once(secure.listen(0, '127.0.0.1'), 'listening');
      try {
        assert.equal(await check(`127.0.0.1:${(secure.address() as AddressInfo).port}`), 0);
      } finally {
        secure.close();
      }
    });
  }

  test('keeps the brackets of an IPv6 address', async (t) => {
    const other = createServer((_, response) => response.end());
    const listening = once(other.listen(0, '::1'), 'listening');
    if ((await listening.catch((error: Error) => error)) instanceof Error) {
      t.skip('needs IPv6 on the loopback device');
      return;
    }
    assert.equal(await check(`[::1]:${(other.address() as AddressInfo).port}`), 0);
    other.close();
  });

  test('fails where the exporter does not answer or is not well', async () => {
    assert.equal(await check('127.0.0.1:1'), 1);
    statusCode = 503;
    assert.equal(await check(`[127.0.0.1]:${port}`), 1);
  });
});

test('package, chart and image name the same repository', () => {
  const { repository } = JSON.parse(read('package.json'));
  const [, url = ''] = /^git\+(https:.*)\.git$/.exec(repository.url) ?? [];
  assert.ok(url !== '');
  assert.ok(read('deploy/helm/xdp-exporter/Chart.yaml').includes(`\nhome: ${url}\n`));
  assert.ok(read('Dockerfile').includes(`image.source="${url}"`));
  assert.ok(read('deploy/prometheus/alerts.rules.yml').includes(`runbook_url: ${url}/blob/main/`));
});

test('the lockfile carries what is native for x86-64 and for arm64', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: object };
  for (const name of ['@yuuang/ffi-rs-linux', '@typescript/typescript-linux']) {
    for (const machine of ['x64', 'arm64']) {
      const libc = name.includes('ffi-rs') ? '-gnu' : '';
      assert.ok(`node_modules/${name}-${machine}${libc}` in packages, `${name}-${machine}${libc}`);
    }
  }
});

test('the lockfile has a digest of every package, of those for other systems too', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { integrity?: string }>;
  };
  const others = Object.entries(packages).filter(([path]) => path !== '');
  assert.ok(others.length > 100, `${others.length} packages`);
  for (const [path, { integrity }] of others) {
    assert.match(integrity ?? '', /^sha512-/, path);
  }
});

test('compiled BPF programs name no folder of the machine that built them', () => {
  const folder = new URL('dist/bpf/', PROJECT);
  const objects = readdirSync(folder).filter((name) => name.endsWith('.o'));
  assert.ok(objects.includes('xdp_exporter.bpf.o'));
  for (const name of objects) {
    const object = readFileSync(new URL(name, folder));
    assert.ok(object.includes('./bpf/'), `${name} names its sources`);
    assert.ok(!object.includes(fileURLToPath(PROJECT)), name);
  }
});

test('docs/capabilities.md has a row with the words of the exporter for every capability that it asks for', () => {
  const rows = readCapabilityTable().map(
    ({ capability, message }) => `CAP_${capability} ${message}`,
  );
  for (const missing of missingCapabilities(0n, true)) {
    const [name] = missing.split(' ');
    assert.ok(rows.includes(`${name} missing ${missing}`), missing);
  }
});

test('each row of docs/capabilities.md names a test, which takes that capability away', () => {
  const rows = readCapabilityTests();
  assert.ok(rows.length >= 10);
  for (const { capabilities, tests } of rows) {
    assert.ok(capabilities.length > 0 && tests.length > 0, `${capabilities}`);
    for (const path of tests) {
      const source = readFileSync(new URL(path, new URL('docs/', PROJECT)), 'utf8').toLowerCase();
      for (const capability of capabilities) {
        assert.ok(source.includes(capability.toLowerCase()), `${path}: ${capability}`);
      }
    }
  }
});

test('the image sets no variable that chooses what is loaded', () => {
  const dockerfile = readFileSync(new URL('Dockerfile', PROJECT), 'utf8');
  const variables = [...dockerfile.matchAll(/^ENV (\w+)=/gm)].map(([, name]) => name);
  assert.deepEqual(variables, ['NODE_ENV']);
});

test('the DaemonSet has the security context that the image is tested with, and so has the documented command', () => {
  const capabilities = { drop: ['ALL'], add: ['BPF', 'PERFMON', 'NET_ADMIN', 'SETUID', 'SETGID'] };
  assert.deepEqual(readSecurityContext(), {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities,
  });
  assert.deepEqual(readRunFlags(), [
    ...['--rm', '--network', 'host', '--read-only', '--cap-drop', 'ALL'],
    ...capabilities.add.flatMap((name) => ['--cap-add', name]),
    ...['--security-opt', 'no-new-privileges'],
  ]);
});
