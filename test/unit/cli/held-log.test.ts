// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holdLog } from '../../../src/cli/held-log.ts';
import type { LogRecord } from '../../../src/log.ts';

describe('holdLog', () => {
  const recordOf = (message: string): LogRecord => ({ level: 'info', message, fields: {} });

  it('tells what was logged when it is released, and not before', () => {
    const told: string[] = [];
    const { log, release } = holdLog(({ message }) => told.push(message));
    log(recordOf('one'));
    log(recordOf('two'));
    assert.deepEqual(told, []);
    release();
    release();
    assert.deepEqual(told, ['one', 'two']);
  });

  it('keeps the last hundred lines, and says how many are missing', () => {
    const told: LogRecord[] = [];
    const { log, release } = holdLog((record) => told.push(record));
    for (let line = 0; line < 105; line++) {
      log(recordOf(`line ${line}`));
    }
    release();
    assert.equal(told.length, 101);
    assert.deepEqual(told[0]?.fields, { lines: 5 });
    assert.equal(told[1]?.message, 'line 5');
  });
});
