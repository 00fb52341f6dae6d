// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureOf, timeoutFailure } from '../../../../src/export/otlp/failure.ts';
import { createJournal } from '../../../../src/export/otlp/journal.ts';
import { createLogLines } from './log-lines.ts';

const REFUSED = { kind: 'ECONNREFUSED', cause: 'ECONNREFUSED', remedy: 'check it' };
const BUSY = { kind: '503', cause: 'HTTP 503', remedy: 'wait' };

describe('Journal', () => {
  it('says once that pushes fail and once that they succeed again', () => {
    const lines = createLogLines();
    const journal = createJournal('http://collector/', lines.log);
    journal.succeeded();
    for (let push = 0; push < 60; push++) {
      journal.failed(REFUSED);
    }
    journal.succeeded();
    journal.succeeded();
    assert.deepEqual(lines.shown(), [
      'warn push metrics: ECONNREFUSED; check it',
      'info push metrics: the collector takes them again',
    ]);
    assert.deepEqual(lines.records[0]?.fields, { endpoint: 'http://collector/' });
  });

  it('says another cause as well, but none twice before the next success', () => {
    const lines = createLogLines();
    const journal = createJournal('http://collector/', lines.log);
    for (const failure of [REFUSED, BUSY, REFUSED, BUSY]) {
      journal.failed(failure);
    }
    journal.succeeded();
    journal.failed(REFUSED);
    assert.equal(lines.shown().length, 4);
  });

  it('counts outcomes and keeps the time of the last success', () => {
    let nowMs = 1_000;
    const journal = createJournal('http://collector/', createLogLines().log, () => nowMs);
    assert.deepEqual(journal.state(), {
      startedAtMs: 1_000,
      exports: { success: 0, partial: 0, failure: 0 },
      lastSuccessAtMs: 0,
    });
    nowMs = 2_000;
    journal.succeeded();
    nowMs = 3_000;
    journal.failed(BUSY);
    assert.equal(journal.state().lastSuccessAtMs, 2_000);
    journal.succeeded({ rejectedPoints: 5, message: 'too old' });
    journal.succeeded({ rejectedPoints: 0, message: 'consider this' });
    assert.deepEqual(journal.state().exports, { success: 2, partial: 1, failure: 1 });
    assert.equal(journal.state().lastSuccessAtMs, 3_000);
  });

  it('repeats what a collector says of points that it rejected, once', () => {
    const lines = createLogLines();
    const journal = createJournal('http://collector/', lines.log);
    journal.succeeded({ rejectedPoints: 5, message: 'too old' });
    journal.succeeded({ rejectedPoints: 5, message: 'too old' });
    assert.deepEqual(lines.shown(), [
      'warn push metrics: the collector rejected 5 points: too old; its log may say more',
    ]);
  });
});

describe('failureOf', () => {
  it('finds words in an error of many addresses', () => {
    const errors = [new Error('connect ECONNREFUSED ::1:4318'), new Error('connect to v4')];
    const error = Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' });
    assert.equal(
      failureOf(error, undefined).cause,
      'ECONNREFUSED: connect ECONNREFUSED ::1:4318, connect to v4',
    );
  });

  it('shortens what a hostile collector says', () => {
    const error = Object.assign(new Error('x'), { data: 'y'.repeat(4_000_000) });
    assert.ok(failureOf(error, 400).cause.length < 300);
    assert.ok(failureOf(new Error('z'.repeat(4_000_000)), undefined).cause.length < 300);
  });

  it('has words for whatever was thrown', () => {
    assert.equal(failureOf(undefined, undefined).kind, 'other');
    assert.equal(failureOf('odd', 299).cause, 'odd');
    assert.equal(failureOf(new Error(), 999).cause, 'HTTP 999');
    assert.equal(timeoutFailure(1_234).cause, 'no answer within 1.2 s');
  });
});
