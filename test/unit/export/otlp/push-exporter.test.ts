// SPDX-License-Identifier: Apache-2.0
// How a push is made of requests: their sizes, their order, their form, and their time.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRICS } from '../../../../src/catalogue/catalogue.ts';
import { REQUEST_POINTS } from '../../../../src/export/otlp/push-exporter.ts';
import { until } from '../../../e2e/support/namespace.ts';
import { pointsOf } from '../../../e2e/support/otlp-body.ts';
import { accept, answer, endless, hang } from '../../../e2e/support/scripted-collector.ts';
import { FAILURE, onceThenWell, SUCCESS, withCollector } from './pushing.ts';

describe('PushExporter', { concurrency: true }, () => {
  for (const [name, behaviour] of [
    ['hangs', hang],
    ['answers a byte at a time', endless(50)],
  ] as const) {
    it(`gives up a collector that ${name}, and sends no more of that push`, () =>
      withCollector(
        async ({ collector, push, state, shown }) => {
          collector.behaviour = behaviour;
          await push(3);
          assert.deepEqual(state(), FAILURE);
          assert.match(shown(), /^warn push metrics: no answer within 1\.0 s; check the network/);
          await new Promise((resolve) => setTimeout(resolve, 1_500));
          assert.equal(collector.requests, 1);
          collector.behaviour = accept;
          await push(3);
          assert.deepEqual(state(), { success: 3, failure: 1, ended: true });
        },
        { timeoutMs: 1_000 },
      ));
  }

  it('sends nothing more once it is shut down, not even what waits for another try', () =>
    withCollector(async ({ collector, exporter, push }) => {
      collector.behaviour = answer(503);
      const sent = push();
      await until('it is sent once', () => collector.requests === 1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await exporter.shutdown();
      await sent;
      assert.equal(collector.requests, 1);
    }));

  it('sends a push in requests that miss and repeat no point, in turn', () =>
    withCollector(async ({ collector, push, state }) => {
      let open = 0;
      collector.behaviour = (response, request) => {
        assert.equal(++open, 1);
        setTimeout(() => {
          open--;
          accept(response, request);
        }, 20);
      };
      await push(3);
      const values = collector.received.map(({ body }) =>
        pointsOf(body, METRICS.deviceUp.otelName).map(({ asInt }) => asInt),
      );
      assert.deepEqual(
        values.map(({ length }) => length),
        [REQUEST_POINTS, REQUEST_POINTS, REQUEST_POINTS - 1],
      );
      assert.deepEqual(
        values.flat(),
        Array.from({ length: 3 * REQUEST_POINTS - 1 }, (_, index) => index),
      );
      assert.deepEqual(state(), { success: 3, failure: 0, ended: true });
    }));

  for (const status of [400, 413]) {
    it(`sends what is left after HTTP ${status}`, () =>
      withCollector(async ({ collector, push, state }) => {
        onceThenWell(collector, answer(status));
        await push(3);
        assert.deepEqual(state(), { success: 2, failure: 1, ended: false });
      }));
  }

  it('ends a push of many requests with its interval, however short each of them is', () =>
    withCollector(
      async ({ collector, push, state, shown }) => {
        // Loads what it needs.
        await push();
        collector.behaviour = (response, request) =>
          setTimeout(() => accept(response, request), 150);
        await push(20);
        assert.ok(state().success >= 2 && state().success <= 4, `${state().success}`);
        assert.equal(state().failure, 1);
        assert.match(shown(), /no answer within 0\.\d s; .*OTEL_METRIC_EXPORT_INTERVAL/);
      },
      { intervalMs: 500 },
    ));

  for (const [protocol, type] of [
    ['http/json', 'application/json'],
    ['http/protobuf', 'application/x-protobuf'],
  ] as const) {
    for (const [compression, encoding] of [
      ['gzip', 'gzip'],
      ['none', undefined],
    ] as const) {
      it(`sends ${protocol}, with compression ${compression} and all headers`, () =>
        withCollector(
          async ({ collector, push, state }) => {
            await push();
            const [received] = collector.received;
            assert.equal(received?.path, '/v1/metrics');
            assert.equal(received?.headers['content-type'], type);
            assert.equal(received?.headers['content-encoding'], encoding);
            assert.equal(received?.headers['x-scope'], 'a b');
            assert.deepEqual(state(), SUCCESS);
          },
          { protocol, compression, headers: { 'x-scope': 'a b' } },
        ));
    }
  }

  it('names the file of a certificate that cannot be read, and reads it again', () =>
    withCollector(
      async ({ push, shown, state }) => {
        await push();
        assert.deepEqual(state(), FAILURE);
        assert.match(shown(), /ENOENT: .*'\/nowhere\/ca.pem'; check the file/);
      },
      { certificates: { ca: '/nowhere/ca.pem' } },
    ));
});
