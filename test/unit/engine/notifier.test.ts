// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNotifier } from '../../../src/engine/notifier.ts';
import { createLog, type LogRecord } from '../../../src/log.ts';

describe('createNotifier', () => {
  it('sends every state to its socket, and logs nothing', () => {
    const sent: string[][] = [];
    const records: LogRecord[] = [];
    const notify = createNotifier(
      createLog((record) => records.push(record)),
      (socket, state) => sent.push([socket, state]),
    );
    notify({ socket: '/run/a', state: 'READY=1' });
    notify({ socket: '@b', state: 'STOPPING=1' });
    assert.deepEqual(sent, [
      ['/run/a', 'READY=1'],
      ['@b', 'STOPPING=1'],
    ]);
    assert.deepEqual(records, []);
  });

  it('warns once of what it cannot send, and goes on trying', () => {
    const records: LogRecord[] = [];
    let tries = 0;
    const notify = createNotifier(
      createLog((record) => records.push(record)),
      () => {
        tries++;
        throw new Error('send to NOTIFY_SOCKET "/run/a": ENOENT');
      },
    );
    for (const state of ['READY=1', 'WATCHDOG=1', 'STOPPING=1']) {
      notify({ socket: '/run/a', state });
    }
    assert.equal(tries, 3);
    assert.deepEqual(
      records.map(({ level }) => level),
      ['warn', 'debug', 'debug'],
    );
    assert.equal(
      records[0]?.message,
      'notify service manager: send to NOTIFY_SOCKET "/run/a": ENOENT',
    );
  });
});
