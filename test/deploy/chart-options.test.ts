// SPDX-License-Identifier: Apache-2.0
// The chart's values say what the schema of options says: defaults, choices and bounds, and the flag that each sets.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import { optionsOf } from '../../src/options/commands.ts';
import type { Option } from '../../src/options/option.ts';
import { CHECK } from '../../src/options/schema.ts';
import { renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, containerOf } from './support/objects.ts';

const CHART = new URL('../../../deploy/helm/xdp-exporter/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, CHART), 'utf8');

const VALUES = parse(read('values.yaml'));
const SCHEMA = JSON.parse(read('values.schema.json'));
const HELPERS = readdirSync(new URL('templates/', CHART))
  .filter((name) => name.endsWith('.tpl'))
  .map((name) => read(`templates/${name}`))
  .join('\n');

const FROM_CHART = Object.entries(optionsOf('run')).flatMap(([name, option]) =>
  option.chart === undefined ? [] : [{ name, option, chart: option.chart }],
);

/** Options that are not one value each: addresses are made of two, the endpoint is a variable of OpenTelemetry. */
const BY_VARIABLE = ['web.listen-address', 'otlp.endpoint'];
/** And this one is the path of a file that a group of values makes. */
const BY_FILE = 'web.config.file';

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

/** A value that the option takes, other than its default where that shows. */
function textFor(name: string, { kind, choices, example, default: value, range }: Option) {
  if (kind === 'switch') {
    return value !== 'true';
  }
  // The one that is read at once.
  return name === 'config.file'
    ? ciValues('default')
    : (choices?.at(-1) ?? example ?? (range === undefined ? value : Number(value)));
}

describe('the values of the chart', () => {
  for (const { name, option, chart } of FROM_CHART.filter(
    ({ name }) => !BY_VARIABLE.includes(name) && name !== BY_FILE,
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

  test('reach every option that has no value of its own by `options`, which arrives as it was meant', {
    skip: skipWithoutHelm,
  }, async () => {
    const others = Object.entries(optionsOf('run')).filter(
      ([name, { chart }]) => chart === undefined && !(name in CHECK),
    );
    assert.ok(others.length > 10);
    const texts = others.map(([name, option]) => [name, textFor(name, option)] as const);
    const sets = JSON.stringify(Object.fromEntries(texts));
    const { args } = containerOf(renderChart('--set-json', `options=${sets}`)) as {
      args: string[];
    };
    for (const [name, text] of texts) {
      assert.ok(args.includes(`--${name}=${text}`), `${name} ${args}`);
      const line = await parseCommandLine(['run', `--${name}=${text}`], {}, '');
      assert.ok(line?.command === 'run' && line.originOf(name) === `--${name}`);
    }
  });

  test('take on and off without quotes, whole numbers as such, and lists in their order', {
    skip: skipWithoutHelm,
  }, () => {
    const { args } = containerOf(renderChart('--values', ciValues('options'))) as {
      args: string[];
    };
    const begin = args.indexOf('--log.format=logfmt') + 1;
    assert.deepEqual(args.slice(begin), [
      '--attach-delay=5',
      '--control.socket=off',
      '--device-mode=eth0=attach',
      '--device-mode=eth*=observe',
      '--program-cost=1s/60s',
      '--strict=true',
      '--top.min-share=0.01',
      '--top.ports=50',
      '--top.table-size=1048576',
      '--tracepoints=off',
    ]);
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
