// SPDX-License-Identifier: Apache-2.0
// The chart's values say what the schema of options says: defaults, choices and bounds, and the flag that each sets.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { optionsOf } from '../../src/options/commands.ts';
import type { Option } from '../../src/options/option.ts';

const CHART = new URL('../../../deploy/helm/xdp-exporter/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, CHART), 'utf8');

const VALUES = parse(read('values.yaml'));
const SCHEMA = JSON.parse(read('values.schema.json'));
const HELPERS = read('templates/_helpers.tpl');

const FROM_CHART = Object.entries(optionsOf('run')).flatMap(([name, option]) =>
  option.chart === undefined ? [] : [{ name, option, chart: option.chart }],
);

/** Two options are not one value each: the address is made of two, and the endpoint is a variable of OpenTelemetry. */
const BY_VARIABLE = ['web.listen-address', 'otlp.endpoint'];

function at(tree: unknown, path: string, between: readonly string[] = []): unknown {
  return path
    .split('.')
    .flatMap((key) => [...between, key])
    .reduce((node, key) => (node as Record<string, unknown> | undefined)?.[key], tree);
}

/** As the values file would have it. */
function defaultOf({ kind, default: value, range, choices }: Option): unknown {
  if (kind === 'list') {
    return [];
  }
  const isSwitch = choices?.join() === 'on,off';
  return isSwitch ? value === 'on' : kind === 'switch' || range ? JSON.parse(value ?? '') : value;
}

describe('the values of the chart', () => {
  for (const { name, option, chart } of FROM_CHART.filter(
    ({ name }) => !BY_VARIABLE.includes(name),
  )) {
    test(`${chart.value} has the default, the choices and the bounds of ${name}`, () => {
      assert.deepEqual(at(VALUES, chart.value), chart.default ?? defaultOf(option));
      const schema = at(SCHEMA, chart.value, ['properties']) as Record<string, unknown>;
      assert.ok(schema !== undefined);
      const { range, choices } = option;
      if (range !== undefined) {
        const { min: minimum, max: maximum, whole } = range;
        assert.deepEqual(schema, { type: whole ? 'integer' : 'number', minimum, maximum });
      } else if (choices !== undefined && schema['type'] !== 'boolean') {
        assert.deepEqual(schema['enum'], choices);
      }
    });

    test(`${chart.value} is passed on as --${name}`, () => {
      const flag = option.default === 'true' ? `--no-${name}` : `--${name}`;
      assert.match(HELPERS, new RegExp(`^- .*${flag.replaceAll('.', '\\.')}(=|$)`, 'm'));
    });
  }

  test('set the address by its variable, and the endpoint by that of OpenTelemetry', () => {
    assert.deepEqual(
      FROM_CHART.map(({ name }) => name).filter((name) => BY_VARIABLE.includes(name)),
      BY_VARIABLE,
    );
    assert.equal(`127.0.0.1:${VALUES.web.port}`, optionsOf('run')['web.listen-address']?.default);
    assert.match(HELPERS, /name: XDP_EXPORTER_WEB_LISTEN_ADDRESS/);
    assert.match(
      HELPERS,
      /name: OTEL_EXPORTER_OTLP_ENDPOINT\n {2}value: \{\{ \.Values\.otlp\.endpoint/,
    );
  });

  test('set no option of which the schema does not say so', () => {
    const passed = [...HELPERS.matchAll(/^- .*?--(?:no-)?([a-z][\w.-]*)/gm)].map(
      ([, name]) => name,
    );
    const known = FROM_CHART.map(({ name }) => name);
    assert.ok(passed.length > 10);
    assert.deepEqual(
      passed.filter((name) => !known.includes(name ?? '')),
      [],
    );
  });
});
