// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { api } from '@opentelemetry/sdk-node';
import { routeDiagnostics } from '../../../../src/export/otlp/diagnostics.ts';
import type { PartialSuccess } from '../../../../src/export/otlp/journal.ts';
import { createLogLines, type LogLines } from './log-lines.ts';

describe('routeDiagnostics', () => {
  let lines: LogLines;
  let partials: PartialSuccess[];
  beforeEach(() => {
    lines = createLogLines();
    partials = [];
    routeDiagnostics(lines.log, (partial) => partials.push(partial));
  });

  it('writes what the library says to our log, for debugging, and nothing to the console', (t: TestContext) => {
    const writes = [t.mock.method(console, 'warn'), t.mock.method(console, 'error')];
    api.diag.error('first', { second: 'a reply' });
    api.diag.warn('x'.repeat(10_000));
    api.diag.info('lost');
    assert.deepEqual(
      lines.records.map(({ level, message }) => [level, message.slice(0, 22)]),
      [
        ['debug', 'opentelemetry: first'],
        ['debug', 'opentelemetry: xxxxxxx'],
      ],
    );
    assert.ok((lines.records[1]?.message.length ?? 0) < 600);
    assert.deepEqual(
      writes.map(({ mock }) => mock.callCount()),
      [0, 0],
    );
  });

  it('replaces the console logger that OTEL_LOG_LEVEL puts in place, without a word', (t: TestContext) => {
    api.diag.setLogger(new api.DiagConsoleLogger(), { suppressOverrideMessage: true });
    const warn = t.mock.method(console, 'warn');
    routeDiagnostics(lines.log, () => {});
    assert.equal(warn.mock.callCount(), 0);
    assert.deepEqual(lines.records, []);
  });

  for (const [said, expected] of [
    ['{"rejectedDataPoints":"7","errorMessage":"old"}', { rejectedPoints: 7, message: 'old' }],
    ['{"errorMessage":"a hint"}', { rejectedPoints: 0, message: 'a hint' }],
    ['{"rejectedDataPoints":{"a":1},"errorMessage":[2]}', { rejectedPoints: 0, message: '' }],
    ['"text"', { rejectedPoints: 0, message: '' }],
    ['[1]', { rejectedPoints: 0, message: '' }],
  ] as const) {
    it(`tells of a partial success that is ${said}`, () => {
      api.diag.warn('Received Partial Success response:', said);
      assert.deepEqual(partials, [expected]);
      assert.deepEqual(lines.records, []);
    });
  }
});
