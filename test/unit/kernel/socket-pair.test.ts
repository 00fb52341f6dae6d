// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { SocketPair } from '../../../src/kernel/socket-pair.ts';

describe('SocketPair', () => {
  it('has two ends, and what goes in at one comes out at the other', async () => {
    const [near, far] = new SocketPair().fds.map((fd) => new Socket({ fd, readable: true }));
    near?.write('x');
    const [chunk] = await once(far ?? assert.fail(), 'data');
    assert.equal(`${chunk}`, 'x');
    near?.destroy();
    await once(far ?? assert.fail(), 'close');
  });

  it('closes both', () => {
    const pair = new SocketPair();
    pair.close();
    for (const fd of pair.fds) {
      assert.throws(() => fstatSync(fd), { code: 'EBADF' });
    }
  });
});
