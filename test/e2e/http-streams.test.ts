// SPDX-License-Identifier: Apache-2.0
// Whatever becomes of standard output and standard error, the exporter and the demo go on, and end in order.
import assert from 'node:assert/strict';
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { MAIN } from './support/exporter-process.ts';
import { findFreePort } from './support/free-port.ts';
import { exporterBytes } from './support/memory.ts';
import { createNamespace, type Namespace, run, until } from './support/namespace.ts';

const MIB = 1024 * 1024;

describe('an exporter that cannot write', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  let child: ChildProcess | undefined;
  let url: string;

  beforeEach(async () => {
    namespace = await createNamespace();
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    child = undefined;
    await namespace.close();
  });

  async function start(stdio: StdioOptions, nodeFlags: readonly string[] = []) {
    const port = await findFreePort();
    url = `http://127.0.0.1:${port}/metrics`;
    const args = ['run', '--netns', namespace.name, '--device', 'v0', '--device', 'no*'];
    const listen = ['--web.listen-address', `127.0.0.1:${port}`];
    child = spawn(process.execPath, [...nodeFlags, MAIN, ...args, ...listen], { stdio });
    await until('it serves v0', isServing, 20);
    return child;
  }

  async function isServing(): Promise<boolean> {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    return (await answer?.text())?.includes('xdp_device_up{device="v0"} 1') === true;
  }

  /** Gives it something to log. */
  async function flap(): Promise<void> {
    await namespace.ip('link', 'del', 'v0');
    await namespace.ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    await namespace.ip('link', 'set', 'v0', 'up');
    await until('v0 is served again', isServing, 20);
  }

  async function assertOrderlyEnd(running: ChildProcess): Promise<void> {
    running.kill('SIGTERM');
    assert.deepEqual(await once(running, 'exit'), [0, null]);
  }

  test('serves on, and ends with 0, where both streams go to a full disk', async () => {
    const full = openSync('/dev/full', 'w');
    const running = await start(['ignore', full, full]);
    closeSync(full);
    assert.equal(readlinkSync(`/proc/${running.pid}/fd/2`), '/dev/full');
    await flap();
    await assertOrderlyEnd(running);
  });

  test('serves on, and ends with 0, where the readers of both pipes have left', async () => {
    const running = await start(['ignore', 'pipe', 'pipe']);
    running.stdout?.destroy();
    running.stderr?.destroy();
    await flap();
    await assertOrderlyEnd(running);
  });

  test('answers at once and does not grow while nobody reads what it logs', async () => {
    const flood = new URL('./support/log-flood.js', import.meta.url).href;
    const running = await start(['ignore', 'ignore', 'pipe'], ['--import', flood]);
    const pid = running.pid ?? 0;
    await delay(1_000);
    const startBytes = exporterBytes(pid);
    for (let second = 0; second < 5; second++) {
      await delay(1_000);
      const askedMs = performance.now();
      assert.ok(await isServing());
      assert.ok(performance.now() - askedMs < 1_000, 'the event loop is not blocked');
    }
    const grownMib = (exporterBytes(pid) - startBytes) / MIB;
    assert.ok(grownMib < 32, `${grownMib} MiB more while 100 MB were logged`);
    await assertOrderlyEnd(running);
  });
});

describe('a demo that cannot write', { skip: skipUnlessRoot }, () => {
  let running: ChildProcess;
  const DEMO = [
    'demo',
    '--rate',
    '1000',
    '--web.listen-address',
    '127.0.0.1:0',
    '--control.socket',
    'off',
  ];

  afterEach(() => running.kill('SIGKILL'));

  async function namespaces(): Promise<number> {
    const names = (await run('ip', 'netns', 'list')).split('\n');
    return names.filter((name) => name.startsWith(`xdp-demo-${running.pid}-`)).length;
  }

  function start(stdout: number | 'pipe', ...args: string[]): void {
    const stdio: StdioOptions = ['ignore', stdout, 'ignore'];
    running = spawn(process.execPath, [MAIN, ...DEMO, ...args], { stdio });
  }

  /** Its first lines are read, nothing after them. Returns where its metrics are. */
  async function startForHead(...args: string[]): Promise<string> {
    start('pipe', ...args);
    const [text] = await once(running.stdout as NodeJS.ReadableStream, 'data');
    running.stdout?.destroy();
    return /^metrics: (\S+)$/m.exec(text)?.[1] ?? '';
  }

  async function assertOrderlyEnd(): Promise<void> {
    assert.equal(await namespaces(), 2);
    assert.deepEqual(await once(running, 'exit'), [0, null]);
    assert.equal(await namespaces(), 0);
  }

  test('goes on when its reader has left, and ends in order with SIGINT', async () => {
    const url = await startForHead();
    // By then it has written of its traffic.
    await delay(6_000);
    assert.equal((await fetch(url)).status, 200);
    const end = assertOrderlyEnd();
    await delay(500);
    running.kill('SIGINT');
    await end;
  });

  test('leaves nothing behind at the end of its time when its reader has left', async () => {
    await startForHead('--duration', '6');
    await assertOrderlyEnd();
  });

  test('leaves nothing behind at the end of its time where it writes to a full disk', async () => {
    const full = openSync('/dev/full', 'w');
    start(full, '--duration', '6');
    closeSync(full);
    await until('it has set up its network', async () => (await namespaces()) === 2);
    await assertOrderlyEnd();
  });
});
