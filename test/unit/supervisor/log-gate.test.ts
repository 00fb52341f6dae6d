// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogRecord } from '../../../src/log.ts';
import { createLogGate } from '../../../src/supervisor/log-gate.ts';

describe('createLogGate', () => {
  it('lets a hundred records through in ten seconds, and then says how many it did not', () => {
    const passed: LogRecord[] = [];
    let nowMs = 0;
    const gate = createLogGate(
      (record) => passed.push(record),
      () => nowMs,
    );
    const send = (count: number) => {
      for (let sent = 0; sent < count; sent++) {
        gate({ level: 'info', message: 'x', fields: {} });
      }
    };
    send(250);
    assert.equal(passed.length, 100);
    nowMs = 10_000;
    send(1);
    assert.deepEqual(passed.slice(100), [
      { level: 'warn', message: 'dropped lines of the wire', fields: { lines: 150 } },
      { level: 'info', message: 'x', fields: {} },
    ]);
  });
});
