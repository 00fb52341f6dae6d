// SPDX-License-Identifier: Apache-2.0
// An exporter that starts before its address exists, as a service may when the machine starts: it waits, and counts meanwhile.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, MAIN, runMain } from './support/exporter-process.ts';
import { upOf } from './support/exposition.ts';
import { scrapeInside } from './support/fetch-inside.ts';
import { createNamespace, type Namespace, until } from './support/namespace.ts';

const ADDRESS = '198.51.100.7';

describe('an address that comes after the exporter', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  let folder: string;
  before(async () => {
    namespace = await createNamespace();
    folder = mkdtempSync(join(tmpdir(), 'xdp-late-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await namespace?.close();
  });

  const inside = () => ['nsenter', `--net=/run/netns/${namespace.name}`];

  test('is listened on at once: devices are counted, and it can be reached when it is there', async () => {
    const args = ['--device', 'v0', '--web.listen-address', `${ADDRESS}:10390`];
    const exporter = await ExporterProcess.start(args, { wrapper: inside() });
    try {
      assert.match(
        exporter.log,
        /level=warn msg="listen on \\"198\.51\.100\.7:10390\\": no device has this address; the exporter can be reached as soon as a device has it"/,
      );
      assert.ok((await namespace.xdpProgramId('v0')) !== undefined);
      await assert.rejects(scrapeInside(namespace.name, exporter.url));
      await namespace.ip('address', 'add', `${ADDRESS}/32`, 'dev', 'lo');
      assert.equal(upOf(await scrapeInside(namespace.name, exporter.url), 'v0'), 1);
      assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
    } finally {
      await exporter.close();
      await namespace.ip('address', 'flush', 'dev', 'lo');
    }
  });

  test('is an error with --strict, before anything is attached', async () => {
    const args = ['run', '--strict', '--device', 'v0', '--web.listen-address', `${ADDRESS}:10390`];
    const { code, stderr } = await runMain(args, { wrapper: inside() });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `xdp-exporter: listen on "${ADDRESS}:10390": EADDRNOTAVAIL; choose another with --web.listen-address\n`,
    );
    assert.equal(await namespace.xdpProgramId('v0'), undefined);
  });

  /** The files of names are its own, and no name server is asked. */
  function withHosts(name: string): { hosts: string; wrapper: string[] } {
    const hosts = join(folder, name);
    writeFileSync(hosts, '');
    const script = `mount --bind ${hosts} /etc/hosts && mount --bind /dev/null /etc/resolv.conf && exec "$0" "$@"`;
    return { hosts, wrapper: ['unshare', '--mount', 'sh', '-c', script] };
  }
  const byName = () => ['--netns', namespace.name, '--device', 'v0'].concat(NAME);
  const NAME = ['--web.listen-address', 'metrics.example.com:0'];

  test('by its name is waited for, which is said once', async () => {
    const { hosts, wrapper } = withHosts('late');
    const [command = '', ...rest] = [...wrapper, process.execPath, MAIN, 'run', ...byName()];
    const env = { ...process.env, XDP_EXPORTER_CONTROL_SOCKET: 'off' };
    const child = spawn(command, rest, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const waiting =
      /msg="listen on \\"metrics\.example\.com:0\\": E\w+; waiting until the address is available"/g;
    try {
      await until('it waits', () => waiting.test(log), 30);
      // It has tried again by then.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      writeFileSync(hosts, '127.0.0.1 metrics.example.com\n');
      await until('it serves', () => log.includes('msg=serving'), 30);
      assert.equal(log.match(waiting)?.length, 1, log);
      const [, port] = /url=http:\/\/[\w.]+:(\d+)\/metrics/.exec(log) ?? [];
      const reply = await fetch(`http://127.0.0.1:${port}/metrics`);
      assert.match(await reply.text(), /^xdp_device_up\{device="v0"\} 1$/m);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });

  test('is waited for until a signal, which ends it as ever', async () => {
    const { wrapper } = withHosts('never');
    const ended = runMain(['run', ...byName()], {
      wrapper: ['timeout', '--signal=TERM', '--preserve-status', '10', ...wrapper],
    });
    const { code, stderr } = await ended;
    assert.match(stderr, /waiting until the address is available/);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.equal(code, 0);
    assert.equal(await namespace.xdpProgramId('v0'), undefined);
  });
});
