// SPDX-License-Identifier: Apache-2.0
// A push as a whole, with the SDK's own reader: its batches, and its end.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test';
import { METRICS } from '../../../../src/catalogue/catalogue.ts';
import type { PushState } from '../../../../src/catalogue/exporter-families.ts';
import { type Push, startPush } from '../../../../src/export/otlp/push.ts';
import { type Family, family, histogramFamily } from '../../../../src/metrics/family.ts';
import { until } from '../../../e2e/support/namespace.ts';
import { pointsOf } from '../../../e2e/support/otlp-body.ts';
import {
  accept,
  answer,
  hang,
  ScriptedCollector,
} from '../../../e2e/support/scripted-collector.ts';
import { createLogLines, type LogLines } from './log-lines.ts';
import { makeSettings } from './make-settings.ts';

const DEVICES = 2_500;
const BATCHES = 3;

/** With a family that is empty, as of a device without packets, in which no batch may end. */
function familiesOf(value: number): Family[] {
  const samples = Array.from({ length: DEVICES }, (_, index) => ({
    labels: { device: `eth${index}` },
    value,
  }));
  return [family(METRICS.deviceUp, samples), histogramFamily(METRICS.packetSize, [])];
}

describe('startPush', () => {
  let collector: ScriptedCollector;
  let lines: LogLines;
  let push: Push;
  let value = 1;

  beforeEach(async () => {
    collector = await ScriptedCollector.start();
    lines = createLogLines();
    value = 1;
  });
  afterEach(async () => {
    await push.close();
    await collector.close();
  });

  function start(intervalMs: number, before?: PushState): void {
    push = startPush({
      settings: makeSettings(collector.url, {
        intervalMs,
        timeoutMs: intervalMs,
        headers: { authorization: 'Bearer token-1234' },
      }),
      identity: { version: '1', listenAddress: ':1', netnsInode: 1 },
      log: lines.log,
      before,
      async read() {
        if (Number.isNaN(value)) {
          throw new Error('no engine');
        }
        return { families: familiesOf(value), takenAtMs: Date.now() };
      },
    });
  }

  const complaints = () => lines.shown().filter((line) => line.includes('push metrics:'));

  it('never succeeds while one batch of each is too large, says so once, and then that all is well', async () => {
    collector.behaviour = (response, request) =>
      (collector.requests % BATCHES === 2 ? answer(413) : accept)(response, request);
    start(500);
    await until('some pushes are sent', () => collector.requests >= 3 * BATCHES);
    const { exports, lastSuccessAtMs } = push.state();
    assert.ok(exports.success >= 5 && exports.failure >= 2, JSON.stringify(exports));
    assert.equal(lastSuccessAtMs, 0);
    assert.equal(complaints().length, 1);
    assert.match(complaints()[0] ?? '', /^warn push metrics: HTTP 413/);
    collector.behaviour = accept;
    await until('a push succeeds', () => push.state().lastSuccessAtMs > 0);
    assert.deepEqual(complaints().slice(1), [
      'info push metrics: the collector accepts metrics again',
    ]);
  });

  it('sends what is read last when it ends, and goes on from an earlier state', async () => {
    start(3_600_000, { startedAtMs: 5, exports: { success: 10, failure: 1 }, lastSuccessAtMs: 7 });
    assert.equal(push.state().lastSuccessAtMs, 7);
    value = 2;
    await push.close();
    assert.deepEqual(
      collector.received.map(({ body }) => pointsOf(body, METRICS.deviceUp.otelName)[0]?.asInt),
      Array(BATCHES).fill(2),
    );
    assert.deepEqual(push.state().exports, { success: 10 + BATCHES, failure: 1 });
    assert.equal(push.state().startedAtMs, 5);
    assert.deepEqual(complaints(), []);
  });

  it('ends within its time where the collector hangs', async () => {
    collector.behaviour = hang;
    start(500);
    await until('a push hangs', () => collector.requests > 0);
    const startMs = performance.now();
    await push.close();
    assert.ok(performance.now() - startMs < 3_500);
  });

  it('says once that metrics could not be read', async () => {
    value = Number.NaN;
    start(500);
    await until('it says so', () => lines.shown().some((line) => line.includes('read metrics')));
    assert.match(lines.shown().at(-1) ?? '', /^warn read metrics to push: no engine; the newest/);
    assert.equal(collector.requests, 0);
    value = 1;
    await until('a push arrives', () => push.state().lastSuccessAtMs > 0);
    assert.deepEqual(push.state().exports.failure, 0);
  });

  it('keeps the library from reading variables, and from writing to the console', async (t: TestContext) => {
    const writes = [t.mock.method(console, 'warn'), t.mock.method(console, 'error')];
    process.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'a b=c';
    process.env['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'] = 'nowhere';
    process.env['OTEL_LOG_LEVEL'] = 'debug';
    start(300);
    await until('a push arrives', () => push.state().lastSuccessAtMs > 0);
    assert.deepEqual(
      Object.keys(process.env).filter((name) => name.startsWith('OTEL_')),
      [],
    );
    assert.deepEqual(
      writes.map(({ mock }) => mock.callCount()),
      [0, 0],
    );
  });

  it('tells of a partial success in the words of the library, once', async () => {
    const said = { rejectedDataPoints: '7', errorMessage: 'too old, token-1234' };
    collector.behaviour = answer(200, JSON.stringify({ partialSuccess: said }));
    start(1_000);
    await until('two pushes arrive', () => push.state().exports.success >= 2 * BATCHES);
    const [complaint = '', ...others] = complaints();
    assert.match(complaint, /^warn push metrics: the collector took them, but: .*too old, \*\*\*/);
    assert.deepEqual(others, []);
  });
});
