// SPDX-License-Identifier: Apache-2.0
// The documents say what the code does: metrics, flags, files and relative links.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { METRICS } from '../../src/catalogue/catalogue.ts';
import type { MetricDefinition } from '../../src/metrics/definition.ts';
import { COMMANDS } from '../../src/options/commands.ts';
import { variableOf } from '../../src/options/environment.ts';
import { manualPage } from '../docs/manual-page.ts';
import { metricsPage } from '../docs/metrics-page.ts';
import { CHART_MARKS, chartOptions, chartTable, optionsPage } from '../docs/options-page.ts';
import { troubleshootingPage } from '../docs/troubleshooting-page.ts';
import { COMPATIBILITY_MARKS, compatibilityTable } from '../vm/support/compatibility.ts';

const PROJECT = new URL('../../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, PROJECT), 'utf8');
const DOCUMENTS = readdirSync(PROJECT)
  .concat(readdirSync(new URL('docs/', PROJECT)).map((name) => `docs/${name}`))
  .filter((name) => name.endsWith('.md'));

const namesOf = (groups: Readonly<Record<string, object>>) =>
  Object.values(groups).flatMap((group) => Object.keys(group));

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

test('docs/options.md is what npm run docs makes of the schema', () => {
  assert.equal(read('docs/options.md'), optionsPage());
});

test('docs/troubleshooting.md is what npm run docs makes of the reasons and of what doctor looks at', () => {
  assert.equal(read('docs/troubleshooting.md'), troubleshootingPage());
});

test('docs/xdp-exporter.1 is what npm run docs makes of the schema, and a manual page', () => {
  const { version } = JSON.parse(read('package.json'));
  assert.equal(read('docs/xdp-exporter.1'), manualPage(version, read('docs/log.md')));
  const path = fileURLToPath(new URL('docs/xdp-exporter.1', PROJECT));
  const { status, stdout } = spawnSync('mandoc', ['-Tlint', '-Wstyle', path], { encoding: 'utf8' });
  assert.deepEqual([status, stdout], [0, '']);
});

test("the chart's README says which value sets which option of the schema", () => {
  const [begin, end] = CHART_MARKS;
  const passage = read('deploy/helm/xdp-exporter/README.md').split(begin)[1]?.split(end)[0];
  assert.equal(passage?.trim(), chartTable());
  assert.equal(read('deploy/helm/xdp-exporter/files/options.json'), chartOptions());
});

test('the README has the table of kernels that the tests in virtual machines hold against each kernel', () => {
  const [begin, end] = COMPATIBILITY_MARKS;
  const passage = read('README.md').split(begin)[1]?.split(end)[0];
  assert.equal(passage?.trim(), compatibilityTable());
});

test('no document names a flag or a variable that does not exist', () => {
  const names = new Set(Object.values(COMMANDS).flatMap(({ groups }) => namesOf(groups)));
  const variables = new Set([...names].map(variableOf));
  for (const document of DOCUMENTS.filter((name) => name !== 'CHANGELOG.md')) {
    const text = read(document);
    for (const [, name = ''] of text.matchAll(/`--(?:no-)?([a-z][\w-]*\.[\w.-]+)/g)) {
      assert.ok(names.has(name) || name === 'config.file', `${document}: --${name}`);
    }
    for (const [name = ''] of text.matchAll(/XDP_EXPORTER_\w+/g)) {
      assert.ok(variables.has(name), `${document}: ${name}`);
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
