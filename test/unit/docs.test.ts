// SPDX-License-Identifier: Apache-2.0
// The documents say what the code does: metrics, flags, files and relative links.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { METRICS } from '../../src/catalogue/catalogue.ts';
import * as flags from '../../src/cli/flags.ts';
import type { MetricDefinition } from '../../src/metrics/definition.ts';
import { metricsPage } from '../docs/metrics-page.ts';

const PROJECT = new URL('../../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, PROJECT), 'utf8');
const DOCUMENTS = readdirSync(PROJECT)
  .concat(readdirSync(new URL('docs/', PROJECT)).map((name) => `docs/${name}`))
  .filter((name) => name.endsWith('.md'));

/** Rows of every table, as lists of cells without their code marks. */
function tableRows(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

test('the README has a row with the labels of every metric in the catalogue, and of no other', () => {
  const rows = tableRows(read('README.md')).filter(([name]) => /^`xdp_/.test(name ?? ''));
  const documented = Object.fromEntries(
    rows.map(([name = '', labels = '']) => [
      name.replaceAll('`', ''),
      labels.replaceAll('`', '').split(', ').filter(Boolean),
    ]),
  );
  const catalogue = Object.fromEntries(
    Object.values<MetricDefinition>(METRICS).map(({ name, labels, optionalLabels = [] }) => [
      name,
      [...labels, ...optionalLabels],
    ]),
  );
  assert.deepEqual(documented, catalogue);
});

test('docs/metrics.md is what npm run docs makes of the catalogue', () => {
  assert.equal(read('docs/metrics.md'), metricsPage());
});

test('the README has a row for every flag, and every flag that it has exists', () => {
  const documented = tableRows(read('README.md')).flatMap(
    ([cell = '']) => /^`--([\w.-]+)`/.exec(cell)?.[1] ?? [],
  );
  const existing = Object.values(flags).flatMap((group) => Object.keys(group));
  assert.deepEqual([...new Set(documented)].sort(), [...new Set(existing)].sort());
});

test('the README gives the default of every flag that has one', () => {
  for (const [cell = '', documented = ''] of tableRows(read('README.md'))) {
    const name = /^`--([\w.-]+)`/.exec(cell)?.[1] ?? '';
    const defaults = Object.values(flags)
      .flatMap((group) => Object.entries(group) as [string, flags.Flag][])
      .filter(([flag, { default: value }]) => flag === name && value !== undefined)
      .map(([, { default: value }]) =>
        typeof value === 'boolean' ? (value ? 'on' : 'off') : value,
      );
    if (defaults.length > 0) {
      assert.ok(defaults.includes(documented.replaceAll('`', '')), `--${name}: ${documented}`);
    }
  }
});

test('relative links and named folders lead somewhere', () => {
  for (const document of DOCUMENTS) {
    const text = read(document);
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      assert.ok(existsSync(new URL(target, new URL(document, PROJECT))), `${document}: ${target}`);
    }
    for (const [, path = ''] of text.matchAll(/`((?:src|test|bpf)\/[\w./-]*)`/g)) {
      assert.ok(existsSync(new URL(path, PROJECT)), `${document}: ${path}`);
    }
  }
});

test('every npm script that a document names exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const document of DOCUMENTS) {
    for (const [, name = ''] of read(document).matchAll(/npm run ([\w:-]+)/g)) {
      assert.ok(name in scripts, `${document}: npm run ${name}`);
    }
  }
});
