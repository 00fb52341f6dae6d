// SPDX-License-Identifier: Apache-2.0
// The service manager is told the truth: ready when it serves and is attached, alive while both threads turn, stopping.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { listen } from '../unit/kernel/datagram-socket.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { createNamespace, type Namespace, until } from './support/namespace.ts';

describe('an exporter under a service manager', { skip: skipUnlessRoot }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-notify-'));
  let namespace: Namespace;

  before(async () => {
    namespace = await createNamespace();
  });
  after(async () => {
    await namespace?.close();
    rmSync(folder, { recursive: true });
  });

  const start = (env: Readonly<Record<string, string>>) =>
    ExporterProcess.start(['--netns', namespace.name, '--device', 'v0'], { env });

  test('says that it is ready when it is attached, then that it is alive, at last that it stops', async () => {
    const socket = join(folder, 'notify');
    const manager = listen(`${socket}\0`);
    const exporter = await start({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '100000' });
    const states: string[] = [];
    const collect = () => {
      for (let state = manager.receive(); state !== undefined; state = manager.receive()) {
        states.push(state);
      }
      return states;
    };
    await until('it is ready', () => collect().length > 0);
    assert.equal(states[0], `READY=1\nSTATUS=serving ${exporter.url}`);
    assert.notEqual(await namespace.xdpProgramId('v0'), undefined);
    await until('five pings have come', () => collect().length > 5);
    assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
    const [, ...pings] = collect();
    assert.equal(pings.pop(), 'STOPPING=1');
    assert.deepEqual(new Set(pings), new Set(['WATCHDOG=1']));
    manager.close();
  });

  test('warns once and serves on where nobody listens', async () => {
    const socket = join(folder, 'nobody');
    const exporter = await start({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '20000' });
    await until('it has warned', () => /level=warn/.test(exporter.log));
    assert.equal((await exporter.scrape()).get('xdp_device_up{device="v0"}'), 1);
    assert.deepEqual(await exporter.kill('SIGTERM'), { code: 0, signal: null });
    const warnings = exporter.log.split('\n').filter((line) => line.includes('level=warn'));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /notify service manager: send to NOTIFY_SOCKET .*: ENOENT/);
  });
});
