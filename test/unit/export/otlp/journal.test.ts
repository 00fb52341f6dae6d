// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Failure,
  failureOf,
  readFailure,
  timeoutFailure,
} from '../../../../src/export/otlp/failure.ts';
import {
  createJournal,
  type Journal,
  type PartialSuccess,
} from '../../../../src/export/otlp/journal.ts';
import { createLogLines } from './log-lines.ts';

const REFUSED = { kind: 'ECONNREFUSED', cause: 'ECONNREFUSED', remedy: 'check it' };
const TOO_LARGE = { kind: '413', cause: 'HTTP 413', remedy: 'raise it' };
const BUSY = { kind: '503', cause: 'HTTP 503', remedy: 'wait' };

/** One push, of requests that the collector took, took in part or did not take. */
function push(journal: Journal, ...requests: (Failure | PartialSuccess | undefined)[]): void {
  journal.beginPush();
  for (const request of requests) {
    if (request !== undefined && 'kind' in request) {
      journal.failed(request);
    } else {
      journal.succeeded(request);
    }
  }
  journal.endPush();
}

describe('Journal', () => {
  it('says once that pushes fail and once that they succeed again', () => {
    const lines = createLogLines();
    const journal = createJournal('http://collector/', lines.log);
    push(journal, undefined);
    for (let pushes = 0; pushes < 60; pushes++) {
      push(journal, REFUSED);
    }
    push(journal, undefined);
    push(journal, undefined);
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
      push(journal, failure);
    }
    push(journal, undefined);
    push(journal, REFUSED);
    assert.equal(lines.shown().length, 4);
  });

  it('takes a push for a success only where all of its requests are', () => {
    for (const odd of [TOO_LARGE, { rejectedPoints: 5, message: 'too old' }]) {
      let nowMs = 1_000;
      const lines = createLogLines();
      const journal = createJournal('http://collector/', lines.log, () => nowMs);
      push(journal, undefined, undefined, undefined);
      for (let pushes = 0; pushes < 60; pushes++) {
        nowMs += 1_000;
        push(journal, undefined, odd, undefined);
      }
      assert.equal(lines.shown().length, 1);
      assert.equal(journal.state().lastSuccessAtMs, 1_000);
      push(journal, undefined, undefined, undefined);
      assert.equal(lines.shown().length, 2);
      assert.equal(journal.state().lastSuccessAtMs, nowMs);
      assert.equal(journal.state().exports.success, 126);
    }
  });

  it('takes no push for a success that has not ended', () => {
    const journal = createJournal('http://collector/', createLogLines().log);
    journal.beginPush();
    journal.succeeded();
    assert.equal(journal.state().lastSuccessAtMs, 0);
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
    push(journal, undefined);
    nowMs = 3_000;
    push(journal, BUSY);
    push(journal, { rejectedPoints: 5, message: 'too old' });
    assert.equal(journal.state().lastSuccessAtMs, 2_000);
    push(journal, { rejectedPoints: 0, message: 'consider this' });
    assert.deepEqual(journal.state().exports, { success: 2, partial: 1, failure: 1 });
    assert.equal(journal.state().lastSuccessAtMs, 3_000);
  });

  it('counts no request for metrics that could not be read, but says so', () => {
    const lines = createLogLines();
    const journal = createJournal('http://collector/', lines.log);
    for (let pushes = 0; pushes < 2; pushes++) {
      journal.beginPush();
      journal.notRead(readFailure(new Error('read snapshot: the engine has ended')));
    }
    assert.deepEqual(journal.state().exports, { success: 0, partial: 0, failure: 0 });
    assert.equal(journal.state().lastSuccessAtMs, 0);
    assert.deepEqual(lines.shown(), [
      'warn read metrics to push: read snapshot: the engine has ended; the newest totals follow with the next push',
    ]);
  });

  it('repeats the warning of a collector that took all, once, and takes it for a success', () => {
    const lines = createLogLines();
    const journal = createJournal('http://collector/', lines.log);
    push(journal, { rejectedPoints: 0, message: '' });
    assert.deepEqual(lines.records, []);
    for (let pushes = 0; pushes < 3; pushes++) {
      push(journal, { rejectedPoints: 0, message: `use protobuf ${pushes}` });
    }
    assert.deepEqual(lines.shown(), [
      'warn push metrics: the collector took all and warns: use protobuf 0',
    ]);
    assert.equal(journal.state().exports.success, 4);
    assert.ok(journal.state().lastSuccessAtMs > 0);
  });

  it('repeats what a collector says of points that it rejected, once', () => {
    const lines = createLogLines();
    const journal = createJournal('http://collector/', lines.log);
    push(journal, { rejectedPoints: 5, message: 'too old' });
    push(journal, { rejectedPoints: 5, message: 'too old' });
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
