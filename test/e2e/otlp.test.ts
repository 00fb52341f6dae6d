// SPDX-License-Identifier: Apache-2.0
// The real binary pushes to a collector that a test controls: what arrives, when, and what a dead collector changes.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess, runMain } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';
import { findFreePort } from './support/free-port.ts';
import { exporterBytes } from './support/memory.ts';
import { until } from './support/namespace.ts';
import { attributesOf, pointsOf, resourceOf, totalOf } from './support/otlp-body.ts';
import { accept, hang, type Received, ScriptedCollector } from './support/scripted-collector.ts';

/** JSON, which the scripted collector can read. */
const JSON_TWICE_A_SECOND = {
  OTEL_METRIC_EXPORT_INTERVAL: '500',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
};

describe('OTLP', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let collector: ScriptedCollector;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'otlp' });
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

  async function start(env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<void> {
    const devices = ['--netns', lab.rx.netns, '--device', lab.rx.device];
    exporter = await ExporterProcess.start([...devices, ...args], {
      env: { ...JSON_TWICE_A_SECOND, ...env },
    });
  }

  const startPushing = (env: NodeJS.ProcessEnv = {}, args: readonly string[] = []) =>
    start(env, ['--otlp.endpoint', collector.url, ...args]);

  async function newest(): Promise<Received> {
    const seen = collector.requests;
    await until('a push arrives', () => collector.requests > seen);
    return collector.received.at(-1) as Received;
  }

  const send = (frames: number) => startGenerator({ ...lab.tx, frames }).done;

  test('without OTLP there is no metric of it', async () => {
    await start({ OTEL_METRICS_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    assert.doesNotMatch(await exporter.get('metrics'), /xdp_otlp/);
    assert.match(exporter.log, /level=info msg="metrics are not pushed with OTLP: OTEL_METRICS/);
    assert.equal(collector.requests, 0);
  });

  test('the standard variables are honoured, and the library keeps off the console', async () => {
    await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/base`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-scope=a%20b,authorization=general',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'authorization=Basic%20YTpi',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
      OTEL_SERVICE_NAME: 'edge',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=lost,deployment.environment.name=test',
      OTEL_LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    });
    const { path, headers, body } = await newest();
    assert.equal(path, '/base/v1/metrics');
    assert.equal(headers['x-scope'], 'a b');
    assert.equal(headers['authorization'], 'Basic YTpi');
    assert.equal(headers['content-encoding'], undefined);
    const resource = resourceOf(body);
    assert.equal(resource['service.name'], 'edge');
    assert.equal(resource['deployment.environment.name'], 'test');
    assert.ok(!Object.keys(resource).some((name) => name.startsWith('process.')));
    assert.match(exporter.log, /TEMPORALITY_PREFERENCE .*cumulativetodelta/);
    for (const line of exporter.log.split('\n')) {
      assert.match(line, /^time=\S+ level=\w+ msg=/);
    }
  });

  test('what arrives is what /metrics says, in integers and with the time of attaching', async () => {
    const startMs = Date.now();
    await startPushing();
    const { sent } = await send(1_000);
    await until(
      'the totals arrive',
      async () => totalOf((await newest()).body, 'xdp.packets') === sent,
    );
    const { body, headers } = await newest();
    assert.equal(headers['content-encoding'], 'gzip');
    const samples = await exporter.scrape();
    assert.equal(totalOf(body, 'xdp.bytes'), sumOf(samples, 'xdp_bytes_total'));
    for (const point of pointsOf(body, 'xdp.cpu.packets')) {
      assert.ok(Number.isInteger(attributesOf(point)['cpu.logical_number']));
      assert.ok(Number.isInteger(point.asInt));
      const startedAtMs = Number(BigInt(point.startTimeUnixNano) / 1_000_000n);
      assert.ok(startedAtMs >= startMs && startedAtMs <= Date.now(), `${startedAtMs}`);
    }
    assert.ok(sumOf(samples, 'xdp_otlp_exports_total', { outcome: 'success' }) >= 2);
    const lastSuccess = sumOf(samples, 'xdp_otlp_last_success_timestamp_seconds');
    assert.ok(Math.abs(Date.now() / 1000 - lastSuccess) < 5);
  });

  test('after an outage the first push has the newest totals and the old start times', async () => {
    await startPushing();
    const first = (await newest()).body;
    const startOf = (body: Received['body']) =>
      pointsOf(body, 'xdp.packets').map((point) => point.startTimeUnixNano);
    await collector.close();
    await until('a push fails', () => /ECONNREFUSED/.test(exporter.log));
    const { sent } = await send(3_000);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    collector.received.splice(0);
    await collector.listen();
    await until('pushes arrive again', () => collector.received.length > 0);
    const body = collector.received[0]?.body ?? first;
    assert.equal(totalOf(body, 'xdp.packets'), sent);
    assert.deepEqual(startOf(body), startOf(first));
    await until('it says so', () => /the collector accepts metrics again/.test(exporter.log));
    assert.equal(exporter.log.match(/level=warn msg="push metrics/g)?.length, 1);
    assert.match(
      exporter.log,
      /level=warn msg="push metrics: ECONNREFUSED: .*; check that a collector listens there.*" endpoint=http/,
    );
  });

  test('as many failing pushes as in an hour and a half cost no memory', async () => {
    await collector.close();
    const ms = '100';
    const often = { OTEL_METRIC_EXPORT_INTERVAL: ms, OTEL_METRIC_EXPORT_TIMEOUT: ms };
    // Else garbage would hide for minutes what is kept.
    await startPushing({ ...often, NODE_OPTIONS: '--max-old-space-size=32' });
    const failures = async () =>
      sumOf(await exporter.scrape(), 'xdp_otlp_exports_total', { outcome: 'failure' });
    await until('it is warm', async () => (await failures()) > 160, 60);
    const warmBytes = exporterBytes(exporter.pid);
    await until('100 more pushes fail', async () => (await failures()) > 260, 60);
    const grown = exporterBytes(exporter.pid) - warmBytes;
    // A push that is kept takes more than 100 KiB.
    assert.ok(grown < 8 * 1024 * 1024, `${grown} bytes more`);
  });

  test('a push under way is not overtaken', async () => {
    await startPushing({ OTEL_METRIC_EXPORT_INTERVAL: '200', OTEL_METRIC_EXPORT_TIMEOUT: '200' });
    let open = 0;
    let most = 0;
    collector.behaviour = (response, request) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        accept(response, request);
      }, 150);
    };
    const seen = collector.requests;
    await until('some pushes arrive', () => collector.requests >= seen + 6);
    assert.equal(most, 1);
  });

  test('its instance id stays the same over a restart', async () => {
    const address = `127.0.0.1:${await findFreePort()}`;
    const idAfterStart = async () => {
      await startPushing({}, ['--web.listen-address', address]);
      const id = resourceOf((await newest()).body)['service.instance.id'];
      await exporter.kill('SIGTERM');
      return id;
    };
    const id = await idAfterStart();
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    assert.equal(await idAfterStart(), id);
    await startPushing();
    assert.notEqual(resourceOf((await newest()).body)['service.instance.id'], id);
  });

  test('the last totals arrive after a signal, read after detaching', async () => {
    await startPushing({ OTEL_METRIC_EXPORT_INTERVAL: '3600000' });
    const { sent } = await send(2_000);
    const { code } = await exporter.kill('SIGTERM');
    assert.equal(code, 0);
    const [last, ...others] = collector.received;
    assert.deepEqual(others, []);
    assert.ok(last !== undefined);
    assert.equal(totalOf(last.body, 'xdp.packets'), sent);
    assert.equal(totalOf(last.body, 'xdp.device.up'), 0);
  });

  for (const [name, prepare] of [
    [
      'hangs',
      async () => {
        collector.behaviour = hang;
      },
    ],
    ['is not there', () => collector.close()],
  ] as const) {
    test(`a collector that ${name} delays the end by no more than 5 s and changes no exit code`, async () => {
      // With the time-out of 10 s that is the default, so that only the limit of the last push counts.
      await startPushing({ OTEL_METRIC_EXPORT_INTERVAL: '3600000' });
      await prepare();
      const startMs = Date.now();
      const { code } = await exporter.kill('SIGTERM');
      assert.equal(code, 0);
      assert.ok(Date.now() - startMs < 5_000, `${Date.now() - startMs} ms`);
    });
  }

  test('a bad endpoint is refused with exit code 2', async () => {
    const { code, stderr } = await runMain([
      'run',
      '--device',
      'lo',
      '--otlp.endpoint',
      'localhost:4318',
    ]);
    assert.equal(code, 2);
    assert.equal(
      stderr,
      'xdp-exporter: read --otlp.endpoint "localhost:4318": not an http or https URL such as "http://localhost:4318"\n',
    );
  });
});
