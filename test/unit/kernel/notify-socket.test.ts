// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ExporterError, SystemError } from '../../../src/errors.ts';
import { encodeNotifyAddress, sendNotification } from '../../../src/kernel/notify-socket.ts';
import { listen } from './datagram-socket.ts';

describe('encodeNotifyAddress', () => {
  it('ends a path with a NUL, and begins an abstract name with one', () => {
    assert.deepEqual(encodeNotifyAddress('/run/x'), Buffer.from('\u0001\0/run/x\0'));
    assert.deepEqual(encodeNotifyAddress('@x/y'), Buffer.from('\u0001\0\0x/y'));
  });

  it('takes 107 bytes and no more, nor anything that is no address', () => {
    assert.equal(encodeNotifyAddress(`/${'x'.repeat(106)}`).length, 110);
    assert.equal(encodeNotifyAddress(`@${'x'.repeat(107)}`).length, 110);
    for (const socket of [`/${'x'.repeat(107)}`, `@${'x'.repeat(108)}`, 'run/x', '', 'vsock:2:1']) {
      assert.throws(
        () => encodeNotifyAddress(socket),
        (error) => error instanceof ExporterError && /^read NOTIFY_SOCKET "/.test(error.message),
      );
    }
  });
});

describe('sendNotification', () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-notify-'));
  after(() => rmSync(folder, { recursive: true }));

  it('sends whole states, each as one datagram, to a path', () => {
    const path = join(folder, 'path');
    const manager = listen(`${path}\0`);
    sendNotification(path, 'READY=1\nSTATUS=counting on ✓');
    sendNotification(path, 'STOPPING=1');
    assert.equal(manager.receive(), 'READY=1\nSTATUS=counting on ✓');
    assert.equal(manager.receive(), 'STOPPING=1');
    manager.close();
  });

  it('sends to a name in the abstract namespace', () => {
    const name = `xdp-exporter-test-${process.pid}`;
    const manager = listen(`\0${name}`);
    sendNotification(`@${name}`, 'READY=1');
    assert.equal(manager.receive(), 'READY=1');
    manager.close();
  });

  it('names the errno where nobody listens', () => {
    const path = join(folder, 'left');
    listen(`${path}\0`).close();
    const refused = { [path]: 'ECONNREFUSED', [join(folder, 'absent')]: 'ENOENT' };
    for (const [socket, code] of Object.entries(refused)) {
      assert.throws(
        () => sendNotification(socket, 'READY=1'),
        (error) =>
          error instanceof SystemError &&
          error.message === `send to NOTIFY_SOCKET "${socket}": ${code}`,
      );
    }
  });

  it('does not wait for a manager that does not read', () => {
    const path = join(folder, 'full');
    const manager = listen(`${path}\0`);
    assert.throws(() => {
      for (let sent = 0; sent < 100_000; sent++) {
        sendNotification(path, 'WATCHDOG=1');
      }
    }, /EAGAIN$/);
    manager.close();
  });
});
