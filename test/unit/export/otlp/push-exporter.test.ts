// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyResource } from '@opentelemetry/resources';
import type { Failure } from '../../../../src/export/otlp/failure.ts';
import { createJournal } from '../../../../src/export/otlp/journal.ts';
import { createPushExporter } from '../../../../src/export/otlp/push-exporter.ts';
import { createLogLines } from './log-lines.ts';

const BATCH = { resource: emptyResource(), scopeMetrics: [] };
const BUSY: Failure = { kind: '503', cause: 'HTTP 503', remedy: 'wait' };

/** Transports that answer in turn with `answers`; a promise that never settles is a collector that hangs. */
function createSubject(
  answers: (Failure | undefined | Promise<never> | Error)[],
  timeoutMs = 1_000,
) {
  const lines = createLogLines();
  const journal = createJournal('http://collector/', lines.log);
  const events: string[] = [];
  const exporter = createPushExporter({
    timeoutMs,
    journal,
    connect() {
      events.push('connect');
      const [next] = answers;
      if (next instanceof Error) {
        answers.splice(0, 1);
        throw next;
      }
      return {
        async send() {
          events.push('send');
          return answers.shift() as Failure | undefined;
        },
        close: () => events.push('close'),
      };
    },
  });
  const push = () => new Promise((resolve) => exporter.export(BATCH, ({ code }) => resolve(code)));
  return { exporter, events, journal, lines, push };
}

const SUCCESS = 0;
const FAILED = 1;

describe('PushExporter', () => {
  it('keeps its connection while all is well', async () => {
    const { push, events, journal } = createSubject([undefined, undefined]);
    assert.equal(await push(), SUCCESS);
    assert.equal(await push(), SUCCESS);
    assert.deepEqual(events, ['connect', 'send', 'send']);
    assert.equal(journal.state().exports.success, 2);
  });

  it('skips what is left of a push that failed, and connects anew for the next', async () => {
    const { exporter, push, events, journal } = createSubject([BUSY, undefined]);
    exporter.beginPush();
    assert.equal(await push(), FAILED);
    assert.equal(await push(), FAILED);
    exporter.beginPush();
    assert.equal(await push(), SUCCESS);
    assert.deepEqual(events, ['connect', 'send', 'close', 'connect', 'send']);
    assert.deepEqual(journal.state().exports, { success: 1, partial: 0, failure: 1 });
  });

  it('gives up a collector that does not answer in time', async () => {
    const { push, events, lines } = createSubject([new Promise<never>(() => {})], 50);
    assert.equal(await push(), FAILED);
    assert.deepEqual(events, ['connect', 'send', 'close']);
    assert.match(lines.shown()[0] ?? '', /^warn push metrics: no answer within 0\.\d s; check/);
  });

  it('gives up the push under way when it must hurry, and has less time for the next', async () => {
    const never = new Promise<never>(() => {});
    const { exporter, push } = createSubject([never, never], 60_000);
    const startMs = performance.now();
    const first = push();
    await new Promise((resolve) => setTimeout(resolve, 20));
    exporter.hurry(100);
    assert.equal(await first, FAILED);
    exporter.beginPush();
    assert.equal(await push(), FAILED);
    assert.ok(performance.now() - startMs < 1_000);
  });

  it('fails where it cannot even connect, and tries again with the next push', async () => {
    const { exporter, push, lines } = createSubject([
      new Error('read "ca.pem": ENOENT'),
      undefined,
    ]);
    assert.equal(await push(), FAILED);
    assert.match(lines.shown()[0] ?? '', /read "ca.pem": ENOENT; mend the file/);
    exporter.beginPush();
    assert.equal(await push(), SUCCESS);
  });

  it('counts what the collector took in part as such, for that batch alone', async () => {
    const { exporter, push, journal } = createSubject([undefined, undefined]);
    const first = push();
    exporter.notePartialSuccess({ rejectedPoints: 3, message: 'no' });
    assert.equal(await first, SUCCESS);
    await push();
    assert.deepEqual(journal.state().exports, { success: 1, partial: 1, failure: 0 });
  });

  it('closes its connection when it is shut down', async () => {
    const { exporter, push, events } = createSubject([undefined]);
    await push();
    await exporter.forceFlush();
    await exporter.shutdown();
    await exporter.shutdown();
    assert.deepEqual(events, ['connect', 'send', 'close']);
  });
});
