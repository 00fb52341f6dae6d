// SPDX-License-Identifier: Apache-2.0
// The collector's configurations: validated by a real collector, run as docs/otlp.md says, and complete.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { readOtlpConfig } from '../../src/export/otlp/settings.ts';
import { LABEL_ATTRIBUTES } from '../../src/metrics/definition.ts';
import { optionsOf } from '../../src/options/commands.ts';
import { readEnvironment } from '../../src/options/environment.ts';
import { until } from '../e2e/support/namespace.ts';
import { PROJECT } from './support/rules.ts';

const FOLDER = new URL('deploy/otel-collector/', PROJECT);
const DOCUMENT = readFileSync(new URL('docs/otlp.md', PROJECT), 'utf8');
const COLLECTOR = process.env['OTELCOL'] ?? 'otelcol';

function collector(...args: string[]) {
  const env = { ...process.env, OTLP_BACKEND: 'http://127.0.0.1:9090/api/v1/otlp' };
  return spawnSync(COLLECTOR, args, { encoding: 'utf8', env, timeout: 20_000 });
}

const components = collector('components');
const skip =
  components.error === undefined ? false : `needs a collector: $OTELCOL or otelcol in PATH`;
const skipTransform =
  skip || components.stdout.includes('name: transform')
    ? skip
    : 'needs a collector with the transform processor: this one has none';

function validate(...names: string[]): void {
  const files = names.flatMap((name) => ['--config', fileURLToPath(new URL(name, FOLDER))]);
  const { status, stderr } = collector('validate', ...files);
  assert.equal(status, 0, stderr);
}

/** A point as exporters push it, in OTLP's JSON. False while nothing listens. */
async function push(port: number): Promise<boolean> {
  const attributes = [{ key: 'network.interface.name', value: { stringValue: 'eth0' } }];
  const dataPoints = [{ asInt: '7', timeUnixNano: '1', startTimeUnixNano: '1', attributes }];
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  const metrics = [{ name: 'xdp.packets', unit: '{packet}', sum }];
  const response = await fetch(`http://127.0.0.1:${port}/v1/metrics`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
  }).catch(() => undefined);
  return response?.ok === true;
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  return port;
}

describe('the configuration of the collector', () => {
  test('is valid', { skip }, () => validate('config.yaml'));

  test('is valid with labels renamed', { skip: skipTransform }, () => {
    validate('config.yaml', 'prometheus-labels.yaml');
  });

  test('hands on to its backend what is pushed to it, by the command of the document', {
    skip,
  }, async () => {
    const bodies: Buffer[] = [];
    const backend = createServer(async (request, response) => {
      assert.equal(request.url, '/otlp/v1/metrics');
      bodies.push(gunzipSync(Buffer.concat(await request.toArray())));
      response.end();
    });
    const backendPort = await listen(backend);
    const port = await freePort();
    // The usual ports may be in use; all else is as committed.
    const ports = `yaml:receivers::otlp::protocols::http::endpoint: 127.0.0.1:${port}`;
    const noGrpc = `yaml:receivers::otlp::protocols::grpc::endpoint: 127.0.0.1:${await freePort()}`;
    const [, command = ''] = /```sh\n(OTLP_BACKEND=.*)\n```/.exec(DOCUMENT) ?? [];
    const typed = command
      .replace('http://prometheus:9090/api/v1/otlp', `http://127.0.0.1:${backendPort}/otlp`)
      .replace(' otelcol ', ` exec '${COLLECTOR}' `)
      .concat(` --config '${ports}' --config '${noGrpc}'`);
    const child = spawn('bash', ['-c', typed], { cwd: fileURLToPath(PROJECT), stdio: 'ignore' });
    try {
      await until('the collector takes a push', () => push(port), 20);
      await until('the backend is given it', () => bodies.length > 0, 20);
      assert.ok(bodies.some((body) => body.includes('xdp.packets')));
      assert.ok(bodies.some((body) => body.includes('network.interface.name')));
    } finally {
      child.kill();
      await once(child, 'exit');
      backend.close();
    }
  });

  test('is pushed to by the settings of the document', () => {
    const [, settings = ''] = /```ini\n(.*?)```/s.exec(DOCUMENT) ?? [];
    const variables = Object.fromEntries(
      settings
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    );
    const [endpoint] = readEnvironment(optionsOf('run'), variables).get('otlp.endpoint') ?? [];
    const { settings: read, notes } = readOtlpConfig(endpoint?.text, variables);
    assert.deepEqual(
      [read?.url, read?.intervalMs, notes],
      ['http://collector.example:4318/v1/metrics', 15_000, []],
    );
  });

  test('receives OTLP over HTTP and gRPC on the usual ports', () => {
    const { receivers } = parse(readFileSync(new URL('config.yaml', FOLDER), 'utf8'));
    assert.deepEqual(
      Object.entries<{ endpoint: string }>(receivers.otlp.protocols).map(
        ([name, { endpoint }]) => `${name} ${endpoint}`,
      ),
      ['http 0.0.0.0:4318', 'grpc 0.0.0.0:4317'],
    );
  });

  test('renames every attribute of the catalogue', () => {
    const text = readFileSync(new URL('prometheus-labels.yaml', FOLDER), 'utf8');
    const [{ statements }] = parse(text).processors.transform.metric_statements;
    for (const [label, attribute] of Object.entries(LABEL_ATTRIBUTES)) {
      const set = `set(attributes["${label}"], attributes["${attribute}"]) where attributes["${attribute}"] != nil`;
      assert.ok(statements.includes(set), label);
    }
    assert.equal(statements.length, 2 * Object.keys(LABEL_ATTRIBUTES).length);
  });
});
