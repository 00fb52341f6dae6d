// SPDX-License-Identifier: Apache-2.0
// The library's rules of retrying, and the outcomes of docs/otlp.md, against a collector that misbehaves.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { emptyResource } from '@opentelemetry/resources';
import { METRICS } from '../../../../src/catalogue/catalogue.ts';
import { toMetricData } from '../../../../src/export/otlp/metric-data.ts';
import type { OtlpSettings } from '../../../../src/export/otlp/settings.ts';
import { createTransport, type Transport } from '../../../../src/export/otlp/transport.ts';
import { family } from '../../../../src/metrics/family.ts';
import { type Certificates, makeCertificates } from '../../../e2e/support/certificates.ts';
import {
  accept,
  answer,
  endless,
  ScriptedCollector,
  truncated,
} from '../../../e2e/support/scripted-collector.ts';

const TIMEOUT_MS = 4_000;

const FAMILIES = [family(METRICS.deviceUp, [{ labels: { device: 'eth0' }, value: 1 }])];
const DATA = {
  resource: emptyResource(),
  scopeMetrics: [{ scope: { name: 'test' }, metrics: toMetricData(FAMILIES, 1_000) }],
};

function settingsOf(url: string, more: Partial<OtlpSettings> = {}): OtlpSettings {
  return {
    url: `${url}/v1/metrics`,
    intervalMs: 60_000,
    timeoutMs: TIMEOUT_MS,
    compression: 'gzip',
    certificates: {},
    attributes: {},
    ...more,
  };
}

describe('Transport', { concurrency: true }, () => {
  for (const status of [429, 502, 503, 504]) {
    it(`sends again after HTTP ${status}, and is glad when that is taken`, async () => {
      await withCollector(async (collector, transport) => {
        collector.behaviour = (response, request) =>
          (collector.requests === 1 ? answer(status) : accept)(response, request);
        assert.equal(await transport.send(DATA), undefined);
        assert.equal(collector.requests, 2);
      });
    });
  }

  it('waits as long as Retry-After says', async () => {
    await withCollector(async (collector, transport) => {
      collector.behaviour = (response, request) =>
        (collector.requests === 1 ? answer(429, '', { 'retry-after': '2' }) : accept)(
          response,
          request,
        );
      assert.equal(await transport.send(DATA), undefined);
      const [first, second] = collector.received;
      const waitedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
      assert.ok(waitedMs >= 1_990 && waitedMs < 3_000, `${waitedMs} ms`);
    });
  });

  it('does not wait for longer than its time, and says what the collector said', async () => {
    await withCollector(async (collector, transport) => {
      collector.behaviour = answer(503, '', { 'retry-after': '1000000000' });
      const failure = await transport.send(DATA);
      assert.equal(failure?.kind, '503');
      assert.equal(failure?.cause, 'HTTP 503 Service Unavailable');
      assert.equal(collector.requests, 1);
    });
  });

  for (const [status, remedy] of [
    [301, /redirects are not followed/],
    [302, /redirects are not followed/],
    [307, /redirects are not followed/],
    [308, /redirects are not followed/],
    [400, /log/],
    [401, /OTEL_EXPORTER_OTLP_HEADERS/],
    [404, /path/],
    [413, /limit/],
    [500, /next push/],
  ] as const) {
    it(`gives up at once after HTTP ${status}`, async () => {
      await withCollector(async (collector, transport) => {
        const headers = { location: collector.url };
        collector.behaviour = answer(status, '{"message":"no\\u001b[2J"}', headers);
        const failure = await transport.send(DATA);
        assert.equal(failure?.kind, String(status));
        assert.match(failure?.cause ?? '', new RegExp(`^HTTP ${status} .*"no`));
        assert.match(failure?.remedy ?? '', remedy);
        assert.equal(collector.requests, 1);
      });
    });
  }

  it('tries again where nobody listens, and then says so', async () => {
    await withCollector(async (collector, transport) => {
      await collector.close();
      setTimeout(() => void collector.listen(), 500);
      assert.equal(await transport.send(DATA), undefined);
      await collector.close();
      const failure = await transport.send(DATA);
      assert.equal(failure?.kind, 'ECONNREFUSED');
      assert.match(failure?.cause ?? '', /^ECONNREFUSED: .*127\.0\.0\.1/);
      assert.match(failure?.remedy ?? '', /collector listens there/);
    });
  });

  it('takes an answer that breaks off for what its status says', async () => {
    await withCollector(async (collector, transport) => {
      collector.behaviour = truncated(200);
      assert.equal(await transport.send(DATA), undefined);
      collector.behaviour = truncated(400);
      assert.notEqual(await transport.send(DATA), undefined);
    });
  });

  it('holds no more than 64 KiB of an answer without end, whatever its status', async () => {
    await withCollector(async (collector, transport) => {
      collector.behaviour = endless();
      const failure = await transport.send(DATA);
      assert.equal(failure?.cause, 'the answer is longer than 65536 bytes');
      collector.behaviour = endless(0, 400);
      assert.equal((await transport.send(DATA))?.kind, '400');
      collector.behaviour = accept;
      assert.equal(await transport.send(DATA), undefined);
    });
  });

  it('sends again after HTTP 503 with an answer that is too long, when Retry-After says', async () => {
    await withCollector(async (collector, transport) => {
      const tooLong = answer(503, 'x'.repeat(1_000_000), { 'retry-after': '2' });
      collector.behaviour = (response, request) =>
        (collector.requests === 1 ? tooLong : accept)(response, request);
      assert.equal(await transport.send(DATA), undefined);
      const [first, second] = collector.received;
      assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 1_990);
    });
  });

  it('sends nothing more once it is closed, not even what waits for another try', async () => {
    await withCollector(async (collector, transport) => {
      collector.behaviour = answer(503);
      const sent = transport.send(DATA);
      await new Promise((resolve) => setTimeout(resolve, 300));
      transport.close();
      assert.notEqual(await sent, undefined);
      assert.equal(collector.requests, 1);
    });
  });

  it('sends JSON, compressed unless told otherwise', async () => {
    await withCollector(async (collector, transport) => {
      await transport.send(DATA);
      const plain = createTransport(settingsOf(collector.url, { compression: 'none' }));
      await plain.send(DATA);
      plain.close();
      assert.deepEqual(
        collector.received.map(({ path, headers }) => [
          path,
          headers['content-type'],
          headers['content-encoding'],
        ]),
        [
          ['/v1/metrics', 'application/json', 'gzip'],
          ['/v1/metrics', 'application/json', undefined],
        ],
      );
    });
  });

  it('names the variable of a certificate that cannot be read', () => {
    const ca = { variable: 'OTEL_EXPORTER_OTLP_CERTIFICATE', path: '/nowhere/ca.pem' };
    assert.throws(
      () => createTransport(settingsOf('https://127.0.0.1:1', { certificates: { ca } })),
      /^ExporterError: read OTEL_EXPORTER_OTLP_CERTIFICATE "\/nowhere\/ca.pem": ENOENT/,
    );
  });
});

async function withCollector(
  work: (collector: ScriptedCollector, transport: Transport) => Promise<void>,
): Promise<void> {
  const collector = await ScriptedCollector.start();
  const transport = createTransport(settingsOf(collector.url));
  try {
    await work(collector, transport);
  } finally {
    transport.close();
    await collector.close();
  }
}

describe('Transport over TLS', () => {
  let certificates: Certificates;
  let collector: ScriptedCollector;
  let transport: Transport;
  before(() => {
    certificates = makeCertificates();
  });
  after(() => certificates.close());
  beforeEach(async () => {
    collector = await ScriptedCollector.start(certificates.good);
    const ca = { variable: 'OTEL_EXPORTER_OTLP_CERTIFICATE', path: certificates.caFile };
    transport = createTransport(settingsOf(collector.url, { certificates: { ca } }));
  });
  afterEach(async () => {
    transport.close();
    await collector.close();
  });

  it('trusts the authority that it is told to trust', async () => {
    assert.equal(await transport.send(DATA), undefined);
  });

  for (const [name, kind, remedy] of [
    ['expired', 'CERT_HAS_EXPIRED', /renew/],
    ['wrongName', 'ERR_TLS_CERT_ALTNAME_INVALID', /name the host/],
    ['unknown', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', /OTEL_EXPORTER_OTLP_CERTIFICATE/],
  ] as const) {
    it(`refuses a certificate that is ${name}, at once`, async () => {
      collector.present(certificates[name]);
      const failure = await transport.send(DATA);
      assert.equal(failure?.kind, kind);
      assert.match(failure?.remedy ?? '', remedy);
      assert.equal(collector.requests, 0);
    });
  }
});
