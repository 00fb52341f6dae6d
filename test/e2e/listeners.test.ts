// SPDX-License-Identifier: Apache-2.0
// Where it listens: at several addresses, and at the sockets that systemd opens.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, MAIN, runMain } from './support/exporter-process.ts';
import { findFreePort } from './support/free-port.ts';
import { createNamespace, until } from './support/namespace.ts';

const at = (address: string) => ['--web.listen-address', address];

describe('the addresses', { skip: skipUnlessRoot }, () => {
  test('are all served, IPv4, IPv6 and names, the live page at those of this machine alone', async (context) => {
    const [one, two, three] = [await findFreePort(), await findFreePort(), await findFreePort()];
    const exporter = await ExporterProcess.start([
      ...['--device', 'none-such', ...at(`127.0.0.1:${one}`), ...at(`[::1]:${two}`)],
      ...at(`localhost:${three}`),
      ...at('0.0.0.0:0'),
    ]);
    context.after(() => exporter.close());
    const serving = () => [...exporter.log.matchAll(/msg=serving url="?([^\s"]+)/g)];
    await until('it says where', () => serving().length === 4);
    const urls = serving().map(([, url = '']) => url);
    const pages = [];
    for (const url of urls) {
      assert.match(await (await fetch(url)).text(), /^xdp_exporter_build_info/m, url);
      pages.push((await fetch(new URL('/live/page/main.js', url))).status);
    }
    assert.deepEqual(pages, [200, 200, 200, 404]);
    assert.equal(urls[1], `http://[::1]:${two}/metrics`);
    assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
  });

  test('are all open before anything is attached', async () => {
    const namespace = await createNamespace();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await runMain([
      ...['run', '--netns', namespace.name, '--device', 'v0'],
      ...[...at('127.0.0.1:0'), ...at(`127.0.0.1:${port}`)],
    ]);
    assert.match(stderr, new RegExp(`listen on "127\\.0\\.0\\.1:${port}": EADDRINUSE; choose`));
    assert.equal(code, 1);
    assert.equal(await namespace.xdpProgramId('v0'), undefined);
    await namespace.close();
    taken.close();
  });
});

describe('--web.systemd-socket', { skip: skipUnlessRoot }, () => {
  test('serves at the sockets that systemd hands over', async (context) => {
    const [one, two] = [await findFreePort(), await findFreePort()];
    const listen = [`--listen=127.0.0.1:${one}`, `--listen=[::1]:${two}`];
    const run = [process.execPath, MAIN, 'run', '--device', 'none-such', '--web.systemd-socket'];
    const env = { ...process.env, XDP_EXPORTER_CONTROL_SOCKET: 'off' };
    const child = spawn('systemd-socket-activate', [...listen, ...run], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    context.after(() => child.kill('SIGKILL'));
    let log = '';
    child.stderr.on('data', (text) => {
      log += text;
    });
    await until('it listens', () => log.includes('Listening'));
    // The first one starts the exporter, and waits for it.
    for (const host of [`127.0.0.1:${one}`, `[::1]:${two}`]) {
      const answer = await fetch(`http://${host}/metrics`);
      assert.match(await answer.text(), /^xdp_exporter_build_info/m, log);
      assert.match(log, new RegExp(`url="?http://${host.replace(/[[\].]/g, '\\$&')}/metrics`));
    }
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null], log);
  });

  test('ends with 2 where there is none, or one of another kind', async () => {
    const alone = await runMain(['run', '--device', 'none-such', '--web.systemd-socket']);
    assert.match(
      alone.stderr,
      /read --web\.systemd-socket: systemd has passed no socket; start the service with a \.socket unit/,
    );
    assert.equal(alone.code, 2);
  });
});
