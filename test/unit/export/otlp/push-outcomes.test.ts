// SPDX-License-Identifier: Apache-2.0
// The library's rules of retrying, and the outcomes of docs/otlp.md, against a collector that misbehaves.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Certificates, makeCertificates } from '../../../e2e/support/certificates.ts';
import { answer, endless, truncated } from '../../../e2e/support/scripted-collector.ts';
import { FAILURE, onceThenWell, SUCCESS, withCollector } from './pushing.ts';

describe('a push', { concurrency: true }, () => {
  for (const status of [429, 502, 503, 504]) {
    it(`sends again after HTTP ${status}, and is glad when that is taken`, () =>
      withCollector(async ({ collector, push, state }) => {
        onceThenWell(collector, answer(status));
        await push();
        assert.deepEqual(state(), SUCCESS);
        assert.equal(collector.requests, 2);
      }));
  }

  it('waits as long as Retry-After says', () =>
    withCollector(async ({ collector, push, state }) => {
      onceThenWell(collector, answer(429, '', { 'retry-after': '2' }));
      await push();
      assert.deepEqual(state(), SUCCESS);
      const [first, second] = collector.received;
      const waitedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
      assert.ok(waitedMs >= 1_990 && waitedMs < 3_000, `${waitedMs} ms`);
    }));

  it('does not wait for longer than its time', () =>
    withCollector(async ({ collector, push, state, shown }) => {
      collector.behaviour = answer(503, '', { 'retry-after': '1000000000' });
      await push();
      assert.deepEqual(state(), FAILURE);
      assert.match(
        shown(),
        /^warn push metrics: the collector wants it later: HTTP 429, .*; the new/,
      );
      assert.equal(collector.requests, 1);
    }));

  for (const [status, remedy] of [
    [301, 'redirects are not followed'],
    [302, 'redirects are not followed'],
    [307, 'redirects are not followed'],
    [308, 'redirects are not followed'],
    [400, 'log'],
    [401, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [404, 'path'],
    [413, 'limit'],
    [415, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    [500, 'next push'],
  ] as const) {
    it(`gives up at once after HTTP ${status}, and says what the collector said`, () =>
      withCollector(async ({ collector, push, state, shown }) => {
        collector.behaviour = answer(status, '{"message":"no"}', { location: collector.url });
        await push();
        assert.deepEqual(state(), FAILURE);
        assert.match(
          shown(),
          new RegExp(`^warn push metrics: HTTP ${status} .*"no".*; .*${remedy}`),
        );
        assert.equal(collector.requests, 1);
      }));
  }

  it('tries again where nobody listens, and then says so', () =>
    withCollector(async ({ collector, push, state, shown }) => {
      await collector.close();
      setTimeout(() => void collector.listen(), 500);
      await push();
      assert.deepEqual(state(), SUCCESS);
      await collector.close();
      await push();
      assert.match(shown(), /ECONNREFUSED: .*127\.0\.0\.1.*; check that a collector listens there/);
    }));

  it('takes an answer that breaks off for what its status says', () =>
    withCollector(async ({ collector, push, state }) => {
      collector.behaviour = truncated(200);
      await push();
      assert.deepEqual(state(), SUCCESS);
      collector.behaviour = truncated(400);
      await push();
      assert.equal(state().failure, 1);
    }));

  it('holds no more than 4 MiB of an answer without end, whatever its status', () =>
    withCollector(async ({ collector, push, state, shown }) => {
      for (const status of [200, 400, 503]) {
        collector.behaviour = endless(0, status);
        await push();
      }
      assert.deepEqual(state(), { success: 0, failure: 3, ended: false });
      assert.match(shown(), /^warn .*exceeded size limit of 4194304 bytes; .*$/);
    }));
});

describe('a push over TLS', () => {
  let certificates: Certificates;
  before(() => {
    certificates = makeCertificates();
  });
  after(() => certificates.close());

  it('trusts the authority that it is told to trust', () =>
    withCollector(
      async ({ push, state }) => {
        await push();
        assert.deepEqual(state(), SUCCESS);
      },
      { certificates: { ca: certificates.caFile } },
      certificates.good,
    ));

  for (const [name, kind, remedy] of [
    ['expired', 'CERT_HAS_EXPIRED', 'renew'],
    ['wrongName', 'ERR_TLS_CERT_ALTNAME_INVALID', 'name the host'],
    ['unknown', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', '.*OTEL_EXPORTER_OTLP_CERTIFICATE'],
  ] as const) {
    it(`refuses a certificate that is ${name}, at once`, () =>
      withCollector(
        async ({ collector, push, shown }) => {
          await push();
          assert.match(shown(), new RegExp(`^warn push metrics: ${kind}: .*; ${remedy}`));
          assert.equal(collector.requests, 0);
        },
        { certificates: { ca: certificates.caFile } },
        certificates[name],
      ));
  }
});
