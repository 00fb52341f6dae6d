// SPDX-License-Identifier: Apache-2.0
// The collector's configurations: validated by a real collector, and complete.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { LABEL_ATTRIBUTES } from '../../src/metrics/catalogue.ts';
import { PROJECT } from './support/rules.ts';

const FOLDER = new URL('deploy/otel-collector/', PROJECT);
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

describe('the configuration of the collector', () => {
  test('is valid', { skip }, () => validate('config.yaml'));

  test('is valid with labels renamed', { skip: skipTransform }, () => {
    validate('config.yaml', 'prometheus-labels.yaml');
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
