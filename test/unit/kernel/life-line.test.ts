// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { LifeLine } from '../../../src/kernel/life-line.ts';

describe('LifeLine', { timeout: 20_000 }, () => {
  it('kills the process that holds it when it is cut, also one that is stopped', async () => {
    for (const stopped of [false, true]) {
      const line = new LifeLine();
      const child = spawn('sleep', ['60'], { stdio: [line.fd, 'ignore', 'ignore'] });
      line.tie(child.pid ?? 0);
      if (stopped) {
        child.kill('SIGSTOP');
      }
      const ended = once(child, 'exit');
      line.cut();
      line.cut();
      assert.deepEqual(await ended, [null, 'SIGKILL']);
    }
  });

  it('names the process where it cannot be tied', () => {
    const line = new LifeLine();
    assert.throws(
      () => line.tie(2 ** 22 + 1),
      /^SystemError: tie life line to process 4194305: ESRCH$/,
    );
    line.cut();
    assert.throws(() => line.fd, TypeError);
  });
});
