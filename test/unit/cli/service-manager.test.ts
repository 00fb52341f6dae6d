// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { findServiceManager } from '../../../src/cli/service-manager.ts';

const PID = 4711;
const SOCKET = '/run/systemd/notify';

function managerOf(t: TestContext, environment: Readonly<Record<string, string>>) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const sent: string[] = [];
  const channel = {
    notify(socket: string, state: string) {
      assert.equal(socket, SOCKET);
      sent.push(state);
    },
  };
  const manager = findServiceManager({ NOTIFY_SOCKET: SOCKET, ...environment }, channel, PID);
  return { manager, sent, tick: (milliseconds: number) => t.mock.timers.tick(milliseconds) };
}

describe('findServiceManager', () => {
  it('finds none without a socket', () => {
    const channel = { notify: () => assert.fail('notified nobody') };
    assert.equal(findServiceManager({}, channel), undefined);
    assert.equal(findServiceManager({ NOTIFY_SOCKET: '' }, channel), undefined);
    assert.equal(findServiceManager({ WATCHDOG_USEC: '1000' }, channel), undefined);
  });

  it('is told of the start with a status, and of the end', (t) => {
    const { manager, sent, tick } = managerOf(t, {});
    assert.deepEqual(sent, []);
    manager?.ready('serving');
    tick(1_000_000);
    manager?.stopping();
    assert.deepEqual(sent, ['READY=1\nSTATUS=serving', 'STOPPING=1']);
  });

  it('gets two pings in every interval of its watchdog, from ready to stopping', (t) => {
    const { manager, sent, tick } = managerOf(t, {
      WATCHDOG_USEC: '3000000',
      WATCHDOG_PID: '4711',
    });
    tick(10_000);
    assert.deepEqual(sent, []);
    manager?.ready('serving');
    tick(3_000);
    assert.deepEqual(sent.slice(1), ['WATCHDOG=1', 'WATCHDOG=1']);
    manager?.stopping();
    tick(10_000);
    assert.deepEqual(sent.slice(3), ['STOPPING=1']);
  });

  it('gets no ping where the watchdog is of another process, or is no number', (t) => {
    const foreign = { WATCHDOG_USEC: '3000000', WATCHDOG_PID: '4712' };
    for (const environment of [foreign, { WATCHDOG_USEC: '0' }, { WATCHDOG_USEC: '1e6' }]) {
      const { manager, sent, tick } = managerOf(t, environment);
      manager?.ready('serving');
      tick(1_000_000);
      assert.equal(sent.length, 1);
      t.mock.timers.reset();
    }
  });

  it('keeps to what a timer can hold where the interval is longer', (t) => {
    const { manager, sent, tick } = managerOf(t, { WATCHDOG_USEC: '9999999999999999' });
    manager?.ready('serving');
    tick(1_000_000);
    assert.equal(sent.length, 1);
    tick(2 ** 31);
    assert.equal(sent.length, 2);
    manager?.stopping();
  });
});
