// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRareWarning } from '../../../src/http/rare-warning.ts';
import { createLog, type LogRecord } from '../../../src/log.ts';

it('createRareWarning logs at once, and then once a minute how often it came to that', () => {
  const records: LogRecord[] = [];
  let nowMs = 5;
  const warn = createRareWarning(
    createLog((record) => records.push(record)),
    'too many',
    () => nowMs,
  );
  warn();
  for (let second = 0; second < 59; second++) {
    nowMs += 1_000;
    warn();
  }
  assert.equal(records.length, 1);
  nowMs += 1_000;
  warn();
  assert.deepEqual(records, [
    { level: 'warn', message: 'too many', fields: { times: 1 } },
    { level: 'warn', message: 'too many', fields: { times: 60 } },
  ]);
});
