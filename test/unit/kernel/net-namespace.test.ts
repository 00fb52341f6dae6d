// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigError, ExporterError } from '../../../src/errors.ts';
import { libc } from '../../../src/ffi/libc.ts';
import {
  enterNetNamespace,
  netNamespacePath,
  readNetNamespaceIdentity,
  withinNamespace,
} from '../../../src/kernel/net-namespace.ts';

const CLONE_NEWNET = 0x4000_0000;
const OWN = '/proc/self/ns/net';

describe('netNamespacePath', () => {
  it('takes what has a slash for a path, and all else for a name of ip-netns', () => {
    assert.equal(netNamespacePath('blue'), '/run/netns/blue');
    assert.equal(netNamespacePath('./blue'), './blue');
    assert.equal(netNamespacePath('/proc/1/ns/net'), '/proc/1/ns/net');
  });
});

describe('enterNetNamespace', () => {
  it('looks for a name where ip-netns keeps them', () => {
    assert.throws(() => enterNetNamespace('no-such-namespace'), {
      name: 'ConfigError',
      message:
        'enter network namespace "no-such-namespace": ENOENT; "ip netns list" lists the existing ones',
    });
  });

  it('enters the namespace, and gives the descriptor back', (t) => {
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

  it('refuses what is no network namespace', () => {
    for (const path of ['/etc/passwd', '/no/such/path', '..', '', '/proc/self/ns/uts', 'a\0b']) {
      assert.throws(
        () => enterNetNamespace(path),
        (error) =>
          error instanceof ConfigError &&
          error.message.startsWith(`enter network namespace "${path}": `),
      );
    }
  });

  it('does not wait for a pipe that somebody put there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'netns-'));
    try {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      assert.throws(() => enterNetNamespace(pipe), /exists, but is not a network namespace; /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says why the kernel does not let us in, and gives the descriptor back', (t) => {
    const setns = t.mock.method(libc(), 'setns', () => ({ value: -1, errno: 1 }));
    assert.throws(() => enterNetNamespace(OWN), {
      name: 'ConfigError',
      message: `enter network namespace "${OWN}": EPERM; this needs CAP_SYS_ADMIN; "ip netns list" lists the existing ones`,
    });
    const [fd] = (setns.mock.calls[0]?.arguments ?? []) as readonly number[];
    assert.ok(!existsSync(`/proc/self/fd/${fd}`));
  });
});

describe('withinNamespace', () => {
  it('stays where it is for the namespace that the thread is in, which takes no right', (t) => {
    const setns = t.mock.method(libc(), 'setns');
    assert.equal(
      withinNamespace(OWN, () => 7),
      7,
    );
    assert.equal(setns.mock.callCount(), 0);
  });

  it('says what is wrong with a path, by a code where there is one', () => {
    const enter = (path: string) => () => withinNamespace(path, () => assert.fail('not entered'));
    assert.throws(enter('/no/such/path'), {
      message: 'enter network namespace "/no/such/path": ENOENT',
      code: 'ENOENT',
    });
    const message =
      /^ExporterError: .*"\/proc\/self\/ns\/uts" exists, but is not a network namespace$/;
    assert.throws(enter('/proc/self/ns/uts'), message);
    assert.throws(enter('/etc/passwd'), ExporterError);
  });

  it('leaves nothing open where the work or the entry fails', () => {
    withinNamespace(OWN, () => {});
    const before = readdirSync('/proc/self/fd').length;
    assert.throws(() => withinNamespace(OWN, () => assert.fail('injected')), /injected/);
    assert.throws(() => withinNamespace('/proc/self/ns/uts', () => {}), ExporterError);
    assert.equal(readdirSync('/proc/self/fd').length, before);
  });
});

describe('readNetNamespaceIdentity', () => {
  it('is the device, the inode and the cookie of the namespace, each time the same', () => {
    const { dev, ino } = statSync(OWN);
    assert.match(readNetNamespaceIdentity(), new RegExp(`^${dev}:${ino}:[1-9][0-9]*$`));
    assert.equal(readNetNamespaceIdentity(), readNetNamespaceIdentity());
  });

  it('does without the cookie where the kernel has none', (t) => {
    const { dev, ino } = statSync(OWN);
    t.mock.method(libc(), 'getsockopt', () => ({ value: -1, errno: 92 }));
    const close = t.mock.method(libc(), 'close');
    assert.equal(readNetNamespaceIdentity(), `${dev}:${ino}`);
    assert.deepEqual(close.mock.calls[0]?.result, { value: 0, errno: 0 });
  });
});
