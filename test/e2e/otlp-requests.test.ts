// SPDX-License-Identifier: Apache-2.0
// The form of what the real binary sends to a collector, and what of it never reaches the log.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { until } from './support/namespace.ts';
import { answer, type Received, ScriptedCollector } from './support/scripted-collector.ts';

describe('a request of OTLP', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let collector: ScriptedCollector;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'requests' });
  });
  after(async () => {
    await lab?.close();
  });
  beforeEach(async () => {
    collector = await ScriptedCollector.start();
  });
  afterEach(async () => {
    await exporter?.close();
    await collector?.close();
  });

  async function start(env: NodeJS.ProcessEnv): Promise<void> {
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device], {
      env: {
        OTEL_METRIC_EXPORT_INTERVAL: '500',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        ...env,
      },
    });
  }

  async function newest(): Promise<Received> {
    const seen = collector.requests;
    await until('a push arrives', () => collector.requests > seen);
    return collector.received.at(-1) as Received;
  }

  test('protobuf is pushed unless JSON is asked for', async () => {
    for (const [protocol, type] of [
      ['', 'application/x-protobuf'],
      ['http/json', 'application/json'],
    ] as const) {
      await start({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
      assert.equal((await newest()).headers['content-type'], type);
      await exporter.kill('SIGTERM');
    }
  });

  test('headers that HTTP forbids are left out, and the others arrive', async () => {
    await start({
      OTEL_EXPORTER_OTLP_HEADERS: '"a=b",c d=e,host=x,content-length=1,f=%0D%0Ag:h,x-scope=1',
    });
    const { headers } = await newest();
    assert.equal(headers['x-scope'], '1');
    assert.deepEqual(
      ['"a', 'c d', 'f', 'g'].filter((name) => name in headers),
      [],
    );
    const warnings = exporter.log.match(
      /level=warn msg="read OTEL_EXPORTER_OTLP_HEADERS: item \d/g,
    );
    assert.equal(warnings?.length, 5);
  });

  test('secrets do not reach the log, though the collector repeats them', async () => {
    const url = collector.url.replace('//', '//us%20er:pass-word@');
    collector.behaviour = (response, request) =>
      answer(401, `no ${JSON.stringify(request.headers)} ${request.url}`)(response, request);
    await start({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/v1/metrics?key=query-secret`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=header%20secret',
    });
    await until('it complains', () => /HTTP 401 Unauthorized: no /.test(exporter.log));
    const basic = Buffer.from('us er:pass-word').toString('base64');
    assert.equal(collector.received[0]?.headers.authorization, `Basic ${basic}`);
    for (const secret of ['pass-word', 'query-secret', 'header secret', 'us er', basic]) {
      assert.ok(!exporter.log.includes(secret), secret);
    }
  });
});
