// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ConfigError } from '../../../src/errors.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { enterNetNamespace } from '../../../src/kernel/net-namespace.ts';

const CLONE_NEWNET = 0x4000_0000;
const OWN = '/proc/self/ns/net';

describe('enterNetNamespace', () => {
  it('looks for a name where ip-netns keeps them', () => {
    assert.throws(
      () => enterNetNamespace('no-such-namespace'),
      (error) =>
        error instanceof ConfigError &&
        /^enter network namespace "no-such-namespace": ENOENT: .*'\/run\/netns\/no-such-namespace'; "ip netns list" shows the names$/.test(
          error.message,
        ),
    );
  });

  it('takes what has a slash for a path', (t) => {
    const opened: string[] = [];
    const setns = t.mock.method(libc(), 'setns', (fd: number) => {
      opened.push(readlinkSync(`/proc/self/fd/${fd}`));
      return { value: 0, errno: 0 };
    });
    enterNetNamespace(OWN);
    assert.deepEqual(opened, [readlinkSync(OWN)]);
    const [fd, kind] = (setns.mock.calls[0]?.arguments ?? []) as readonly number[];
    assert.equal(kind, CLONE_NEWNET);
    assert.ok(!existsSync(`/proc/self/fd/${fd}`), 'the descriptor is closed again');
  });

  it('refuses what is no namespace, before and after it is opened', () => {
    for (const path of ['/etc/passwd', '/no/such/path', '..', '']) {
      assert.throws(
        () => enterNetNamespace(path),
        (error) =>
          error instanceof ConfigError &&
          error.message.startsWith(`enter network namespace "${path}": `),
      );
    }
  });

  it('says why the kernel does not let us in, and gives the descriptor back', (t) => {
    const setns = t.mock.method(libc(), 'setns', () => ({ value: -1, errno: 1 }));
    assert.throws(() => enterNetNamespace(OWN), {
      name: 'ConfigError',
      message: `enter network namespace "${OWN}": setns: EPERM; "ip netns list" shows the names`,
    });
    const [fd] = (setns.mock.calls[0]?.arguments ?? []) as readonly number[];
    assert.ok(!existsSync(`/proc/self/fd/${fd}`));
  });
});
