// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyResource } from '@opentelemetry/resources';
import { METRICS } from '../../../../src/catalogue/catalogue.ts';
import type { Failure } from '../../../../src/export/otlp/failure.ts';
import { createJournal } from '../../../../src/export/otlp/journal.ts';
import { toMetricData } from '../../../../src/export/otlp/metric-data.ts';
import { createPushExporter } from '../../../../src/export/otlp/push-exporter.ts';
import { family } from '../../../../src/metrics/family.ts';
import { createLogLines } from './log-lines.ts';

/** One point. */
const BATCH = {
  resource: emptyResource(),
  scopeMetrics: [
    {
      scope: { name: 'test' },
      metrics: toMetricData(
        [family(METRICS.deviceUp, [{ labels: { device: 'eth0' }, value: 1 }])],
        1_000,
      ),
    },
  ],
};
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
    intervalMs: 60_000,
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
  const begin = (batches: number) => {
    exporter.beginPush();
    exporter.expectPoints(batches);
  };
  return { exporter, events, journal, lines, push, begin };
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

  for (const odd of [
    { kind: '413', cause: 'HTTP 413', remedy: 'raise it' },
    { kind: '400', cause: 'HTTP 400', remedy: 'see its log' },
  ]) {
    it(`sends what is left after HTTP ${odd.kind}, and tells once of a push that never arrives whole`, async () => {
      const answers = [undefined, odd, undefined];
      const { push, begin, events, journal, lines } = createSubject([...answers, ...answers]);
      for (let pushes = 0; pushes < 2; pushes++) {
        begin(3);
        assert.deepEqual([await push(), await push(), await push()], [SUCCESS, FAILED, SUCCESS]);
      }
      assert.deepEqual(events, ['connect', ...Array(6).fill('send')]);
      assert.deepEqual(journal.state().exports, { success: 4, partial: 0, failure: 2 });
      assert.equal(journal.state().lastSuccessAtMs, 0);
      assert.deepEqual(lines.shown(), [`warn push metrics: HTTP ${odd.kind}; ${odd.remedy}`]);
    });
  }

  for (const kind of ['401', '403', '404', '429', '500', '503', 'ECONNREFUSED', 'other']) {
    it(`sends nothing more of a push after ${kind}`, async () => {
      const { push, begin, events, journal } = createSubject([
        undefined,
        { kind, cause: kind, remedy: 'wait' },
      ]);
      begin(3);
      assert.deepEqual([await push(), await push(), await push()], [SUCCESS, FAILED, FAILED]);
      assert.deepEqual(events, ['connect', 'send', 'send', 'close']);
      assert.equal(journal.state().lastSuccessAtMs, 0);
    });
  }

  it('takes a push for a success once its last batch has arrived', async () => {
    const { push, begin, journal } = createSubject([undefined, undefined]);
    begin(2);
    await push();
    assert.equal(journal.state().lastSuccessAtMs, 0);
    await push();
    assert.ok(journal.state().lastSuccessAtMs > 0);
  });

  it('ends a push of many batches with its interval, however short each of them is', async () => {
    const { journal, lines } = createSubject([]);
    const slow = createPushExporter({
      timeoutMs: 1_000,
      intervalMs: 200,
      journal,
      connect: () => ({
        send: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 80)),
        close() {},
      }),
    });
    slow.beginPush();
    slow.expectPoints(20);
    for (let batch = 0; batch < 20; batch++) {
      await new Promise<void>((resolve) => slow.export(BATCH, () => resolve()));
    }
    const { success, failure } = journal.state().exports;
    assert.ok(success >= 1 && success <= 2, `${success}`);
    assert.equal(failure, 1);
    assert.match(
      lines.shown()[0] ?? '',
      /not over within its interval of 0\.2 s; let it have more/,
    );
  });

  it('gives up a collector that does not answer in time', async () => {
    const { push, events, lines } = createSubject([new Promise<never>(() => {})], 50);
    assert.equal(await push(), FAILED);
    assert.deepEqual(events, ['connect', 'send', 'close']);
    assert.match(lines.shown()[0] ?? '', /^warn push metrics: no answer within 0\.\d s; check/);
  });

  it('leaves off the push under way when it must hurry, in silence, and has less time for the next', async () => {
    const never = new Promise<never>(() => {});
    const { exporter, push, begin, journal, lines } = createSubject([never, never], 60_000);
    const startMs = performance.now();
    begin(1);
    const first = push();
    await new Promise((resolve) => setTimeout(resolve, 20));
    exporter.hurry(100);
    assert.equal(await first, FAILED);
    assert.deepEqual(lines.records, []);
    assert.equal(journal.state().exports.failure, 0);
    begin(1);
    assert.equal(await push(), FAILED);
    assert.equal(journal.state().exports.failure, 1);
    assert.ok(performance.now() - startMs < 1_000);
  });

  it('sends nothing of a push that was read before it must hurry', async () => {
    const { exporter, push, begin, events, journal } = createSubject([undefined]);
    begin(1);
    exporter.hurry(100);
    assert.equal(await push(), FAILED);
    assert.deepEqual(events, []);
    begin(1);
    assert.equal(await push(), SUCCESS);
    assert.deepEqual(journal.state().exports, { success: 1, partial: 0, failure: 0 });
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
