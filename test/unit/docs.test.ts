// SPDX-License-Identifier: Apache-2.0
// The documents say what the code does: metrics, flags, files and relative links.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../../src/options/commands.ts';
import { variableOf } from '../../src/options/environment.ts';
import { manualPage } from '../docs/manual-page.ts';
import { MESSAGE_FAMILIES } from '../docs/messages/families.ts';
import { familyOf, isOf, messages } from '../docs/messages/messages-section.ts';
import { metricsPage } from '../docs/metrics-page.ts';
import { CHART_MARKS, chartOptions, chartTable, optionsPage } from '../docs/options-page.ts';
import { troubleshootingPage } from '../docs/troubleshooting-page.ts';
import { TARGETS } from '../fuzz/targets.ts';
import { COMPATIBILITY_MARKS, compatibilityTable } from '../vm/support/compatibility.ts';
import { REFUSED as REFUSED_FILTERS } from './filter/refused.ts';
import { REFUSED as REFUSED_WORDS } from './options/refused.ts';
import { REFUSED_FILES } from './options/refused-files.ts';
import { BROKEN_FILES } from './web-config/broken-files.ts';

const PROJECT = new URL('../../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, PROJECT), 'utf8');
const DOCUMENTS = readdirSync(PROJECT)
  .concat(readdirSync(new URL('docs/', PROJECT)).map((name) => `docs/${name}`))
  .filter((name) => name.endsWith('.md'));

const namesOf = (groups: Readonly<Record<string, object>>) =>
  Object.values(groups).flatMap((group) => Object.keys(group));

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

test('CHANGELOG.md has the version of the package under a date, after nothing but what is not released', () => {
  const { version } = JSON.parse(read('package.json'));
  const headings = read('CHANGELOG.md').match(/^## .*$/gm) ?? [];
  const [released = ''] = headings.filter((heading) => heading !== '## [Unreleased]');
  const [, named, date = ''] = /^## \[(.*)\] - (\d{4}-\d\d-\d\d)$/.exec(released) ?? [];
  assert.equal(named, version);
  assert.ok(!Number.isNaN(Date.parse(date)), released);
});

test("the chart's README says which value sets which option of the schema", () => {
  const [begin, end] = CHART_MARKS;
  const passage = read('deploy/helm/xdp-exporter/README.md').split(begin)[1]?.split(end)[0];
  assert.equal(passage?.trim(), chartTable());
  assert.equal(read('deploy/helm/xdp-exporter/files/options.json'), chartOptions());
});

test('docs/compatibility.md has the table of kernels that the tests in virtual machines hold against each kernel', () => {
  const [begin, end] = COMPATIBILITY_MARKS;
  const passage = read('docs/compatibility.md').split(begin)[1]?.split(end)[0];
  assert.equal(passage?.trim(), compatibilityTable());
});

test('no document names a flag or a variable that does not exist', () => {
  const names = new Set(Object.values(COMMANDS).flatMap(({ groups }) => namesOf(groups)));
  const variables = new Set([...names].map(variableOf));
  for (const document of DOCUMENTS.filter((name) => name !== 'CHANGELOG.md')) {
    const text = read(document);
    for (const [, name = ''] of text.matchAll(/`--(?:no-)?([a-z][\w-]*\.[\w.-]+)/g)) {
      // Those of node_exporter's collectors are its own.
      const isOurs = !name.startsWith('collector.');
      assert.ok(!isOurs || names.has(name) || name === 'config.file', `${document}: --${name}`);
    }
    for (const [name = ''] of text.matchAll(/XDP_EXPORTER_\w+/g)) {
      assert.ok(variables.has(name), `${document}: ${name}`);
    }
  }
});

test('the README has at most 1,500 words', () => {
  const words = read('README.md').split(/\s+/).length;
  assert.ok(words <= 1500, `${words} words`);
});

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('relative links, their anchors and named folders lead somewhere', () => {
  for (const document of DOCUMENTS) {
    const text = read(document);
    for (const [, target = '', anchor] of text.matchAll(
      /\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g,
    )) {
      const url =
        target === '' ? new URL(document, PROJECT) : new URL(target, new URL(document, PROJECT));
      assert.ok(existsSync(url), `${document}: ${target}`);
      if (anchor !== undefined && url.pathname.endsWith('.md')) {
        const anchors = anchorsOf(readFileSync(url, 'utf8'));
        assert.ok(anchors.includes(anchor), `${document}: ${target}#${anchor}`);
      }
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

test('each message of src has its place in docs/troubleshooting.md, among those of its family', () => {
  const homeless = messages().filter(({ file }) => familyOf(file) === undefined);
  assert.deepEqual(homeless, []);
  const files = [...new Set(messages().map(({ file }) => file))];
  const idle = MESSAGE_FAMILIES.flatMap(({ sources }) => sources).filter(
    (source) => !files.some((file) => isOf(file, source)),
  );
  assert.deepEqual(idle, []);
});

test('what the product is known to answer to wrong files and words is found in docs/troubleshooting.md', () => {
  const places = messages().flatMap(({ text }) => placeOf(text));
  const known = [
    ...[...REFUSED_WORDS, ...REFUSED_FILES].map(({ message }) => message),
    ...REFUSED_FILTERS.map(([, problem]) => problem),
    ...BROKEN_FILES.map(({ line }) => line),
  ];
  const lost = known.filter((message) => !places.some((place) => place.test(message)));
  assert.deepEqual(lost, []);
});

/** Finds the text in a message, with whatever "…" stands for; no such place where only what was read is named. */
function placeOf(text: string): RegExp[] {
  const cause = text.replace(/^read [^:]*: ?/, '');
  const parts = cause
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return /\p{L}{2}/u.test(cause) ? [new RegExp(parts.join('.*'), 's')] : [];
}

test('each row of docs/reliability.md names its test, and each target of fuzzing has a row with its count', () => {
  const [text = ''] = read('docs/reliability.md').split('<!-- failed calls -->');
  const rest = read('docs/reliability.md').split('<!-- end of failed calls -->')[1] ?? '';
  const rows = `${text}${rest}`.split('\n').filter((line) => /^\| (?!---)/.test(line));
  const judged = rows.filter((row) => !/\| test \|$/.test(row));
  assert.ok(judged.length > 30);
  for (const row of judged) {
    assert.match(row, /\]\(\.\.\/test\/[^)]+\)[^|]* \|$/);
  }
  for (const { name } of TARGETS) {
    const link = `[${name}](../test/fuzz/targets/${name}.ts)`;
    const [, count = '0'] = judged
      .filter((row) => row.includes(link))
      .flatMap((row) => /\| ([\d,]+) \|/.exec(row)?.slice(0, 2) ?? []);
    assert.ok(Number(count.replaceAll(',', '')) > 0, name);
  }
});
