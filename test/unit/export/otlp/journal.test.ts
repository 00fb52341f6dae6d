// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PushState } from '../../../../src/catalogue/exporter-families.ts';
import type { Failure } from '../../../../src/export/otlp/failure.ts';
import { createJournal, type Journal } from '../../../../src/export/otlp/journal.ts';
import { createLogLines } from './log-lines.ts';

const REFUSED = { kind: 'ECONNREFUSED', cause: 'ECONNREFUSED', remedy: 'check it' };
const TOO_LARGE = { kind: '413', cause: 'HTTP 413', remedy: 'raise it' };
const BUSY = { kind: '503', cause: 'HTTP 503', remedy: 'wait' };
const NOT_READ = { kind: 'read', cause: 'the engine has ended', remedy: 'wait' };

/** One push, of requests that the collector took, took with a word, or did not take. */
function push(journal: Journal, ...requests: (Failure | string | undefined)[]): void {
  for (const request of requests) {
    if (typeof request === 'object') {
      journal.failed(request);
    } else {
      if (request !== undefined) {
        journal.warned(request);
      }
      journal.succeeded();
    }
  }
  journal.ended(!requests.some((request) => typeof request === 'object'));
}

function createSubject(now?: () => number, earlier?: PushState) {
  const lines = createLogLines();
  const settings = { url: 'http://collector/', headers: { authorization: 'secret' } };
  const journal = createJournal(settings, lines.log, earlier, now);
  return { lines, journal };
}

describe('Journal', () => {
  it('says once that pushes fail and once that they succeed again', () => {
    const { lines, journal } = createSubject();
    push(journal, undefined);
    for (let pushes = 0; pushes < 60; pushes++) {
      push(journal, REFUSED);
    }
    push(journal, undefined);
    push(journal, undefined);
    assert.deepEqual(lines.shown(), [
      'warn push metrics: ECONNREFUSED; check it',
      'info push metrics: the collector accepts metrics again',
    ]);
    assert.deepEqual(lines.records[0]?.fields, { endpoint: 'http://collector/' });
  });

  it('says another cause as well, but none twice before the next success', () => {
    const { lines, journal } = createSubject();
    for (const failure of [REFUSED, BUSY, REFUSED, BUSY]) {
      push(journal, failure);
    }
    push(journal, undefined);
    push(journal, REFUSED);
    assert.equal(lines.shown().length, 4);
  });

  it('takes a push for a success only where all of its requests are', () => {
    let nowMs = 1_000;
    const { lines, journal } = createSubject(() => nowMs);
    push(journal, undefined, undefined, undefined);
    for (let pushes = 0; pushes < 60; pushes++) {
      nowMs += 1_000;
      push(journal, undefined, TOO_LARGE, undefined);
    }
    assert.equal(lines.shown().length, 1);
    assert.equal(journal.state().lastSuccessAtMs, 1_000);
    push(journal, undefined, undefined, undefined);
    assert.equal(lines.shown().length, 2);
    assert.equal(journal.state().lastSuccessAtMs, nowMs);
    assert.equal(journal.state().exports.success, 126);
  });

  it('counts outcomes and keeps the time of the last success', () => {
    let nowMs = 1_000;
    const { journal } = createSubject(() => nowMs);
    assert.deepEqual(journal.state(), {
      startedAtMs: 1_000,
      exports: { success: 0, failure: 0 },
      lastSuccessAtMs: 0,
    });
    nowMs = 2_000;
    push(journal, undefined);
    nowMs = 3_000;
    push(journal, BUSY);
    assert.equal(journal.state().lastSuccessAtMs, 2_000);
    push(journal, 'consider this');
    assert.deepEqual(journal.state().exports, { success: 2, failure: 1 });
    assert.equal(journal.state().lastSuccessAtMs, 3_000);
  });

  it('goes on from an earlier state', () => {
    const earlier = {
      startedAtMs: 500,
      exports: { success: 7, failure: 3 },
      lastSuccessAtMs: 900,
    };
    const { journal } = createSubject(() => 5_000, earlier);
    assert.deepEqual(journal.state(), earlier);
    push(journal, undefined, BUSY);
    assert.deepEqual(journal.state(), { ...earlier, exports: { success: 8, failure: 4 } });
    assert.equal(earlier.exports.success, 7);
  });

  it('counts no request for metrics that could not be read, but says so', () => {
    const { lines, journal } = createSubject();
    journal.failed(NOT_READ);
    journal.failed(NOT_READ);
    assert.deepEqual(journal.state().exports, { success: 0, failure: 0 });
    assert.deepEqual(lines.shown(), ['warn read metrics to push: the engine has ended; wait']);
  });

  it('repeats a word of the collector once, and again after a push without one', () => {
    const { lines, journal } = createSubject();
    for (let pushes = 0; pushes < 3; pushes++) {
      push(journal, `use gRPC ${pushes}`, 'and more');
    }
    assert.deepEqual(lines.shown(), [
      'warn push metrics: the collector took them, but: use gRPC 0',
    ]);
    push(journal, undefined);
    push(journal, 'too old');
    assert.equal(lines.shown()[1], 'warn push metrics: the collector took them, but: too old');
    assert.equal(lines.shown().length, 2);
  });

  it('shortens what a hostile collector says, and keeps secrets out of it', () => {
    const { lines, journal } = createSubject();
    push(journal, { ...BUSY, cause: `${'y'.repeat(196)}secret${'y'.repeat(4_000_000)}` });
    push(journal, `secret ${'z'.repeat(4_000_000)}`);
    assert.ok(lines.shown().every((line) => line.length < 300 && !line.includes('sec')));
    assert.match(lines.shown()[1] ?? '', /but: \*\*\* zzz/);
  });
});
