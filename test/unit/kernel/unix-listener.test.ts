// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { UnixListener } from '../../../src/kernel/unix-listener.ts';

const folder = mkdtempSync(join(tmpdir(), 'xdp-control-'));
after(() => rmSync(folder, { recursive: true }));

/** Whether somebody listens there. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('UnixListener', () => {
  it('makes its folder, is open to its user alone whatever the umask, and leaves nothing', async () => {
    const path = join(folder, 'made', 'control.sock');
    const umask = process.umask(0);
    try {
      const listener = await UnixListener.open(path);
      assert.equal(process.umask(), 0);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
      assert.equal(await answers(path), true);
      listener.close();
      assert.equal(existsSync(path), false);
    } finally {
      process.umask(umask);
    }
  });

  it('replaces a socket that nobody listens on any more', async () => {
    const path = join(folder, 'stale.sock');
    const server = createServer().listen(join(folder, 'first.sock'));
    await once(server, 'listening');
    // As after SIGKILL: the file outlives its socket.
    renameSync(join(folder, 'first.sock'), path);
    server.close();
    await once(server, 'close');
    assert.equal(await answers(path), false);
    const listener = await UnixListener.open(path);
    assert.equal(await answers(path), true);
    listener.close();
  });

  it('takes away no file but its own', async () => {
    const path = join(folder, 'own.sock');
    const listener = await UnixListener.open(path);
    rmSync(path);
    writeFileSync(path, 'kept');
    listener.close();
    assert.ok(existsSync(path));
  });

  it('leaves a socket that somebody listens on, and what is no socket', async () => {
    const live = join(folder, 'live.sock');
    const server = createServer().listen(live);
    await once(server, 'listening');
    const file = join(folder, 'file');
    writeFileSync(file, 'kept');
    for (const path of [live, file]) {
      await assert.rejects(UnixListener.open(path), { code: 'EADDRINUSE' });
      assert.ok(existsSync(path));
    }
    server.close();
  });

  it('says what refuses the folder', async () => {
    await assert.rejects(UnixListener.open('/proc/no-such/control.sock'), { code: 'ENOENT' });
  });
});
