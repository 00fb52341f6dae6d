// SPDX-License-Identifier: Apache-2.0
// A push as a whole, with the SDK's own reader: its batches, and its end.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { METRICS } from '../../../../src/catalogue/catalogue.ts';
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

  function start(intervalMs: number): void {
    push = startPush({
      settings: {
        url: `${collector.url}/v1/metrics`,
        intervalMs,
        timeoutMs: intervalMs,
        compression: 'gzip',
        certificates: {},
        attributes: {},
      },
      identity: { version: '1', listenAddress: ':1', netnsInode: 1 },
      log: lines.log,
      read: async () => ({ families: familiesOf(value), takenAtMs: Date.now() }),
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
    assert.deepEqual(complaints().slice(1), ['info push metrics: the collector takes them again']);
  });

  it('leaves off a push that hangs when it ends, without a word, and sends what is read last', async () => {
    collector.behaviour = (response, request) =>
      (collector.requests === 1 ? hang : accept)(response, request);
    start(500);
    await until('a push hangs', () => collector.requests === 1);
    value = 2;
    await push.close();
    assert.deepEqual(
      collector.received
        .slice(1)
        .map(({ body }) => pointsOf(body, METRICS.deviceUp.otelName)[0]?.asInt),
      Array(BATCHES).fill(2),
    );
    assert.deepEqual(push.state().exports, { success: BATCHES, partial: 0, failure: 0 });
    assert.deepEqual(complaints(), []);
  });
});
