// SPDX-License-Identifier: Apache-2.0
// Writes the table of a chart's values into its README, from the comments of values.yaml.
// Usage: node values-table.js VALUES README
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

const MARK = '-- ';
const MARKS = ['<!-- values: written by `npm run render` -->', '<!-- /values -->'] as const;

/** A key with a comment that begins with "--" is a row; one without is a map of such keys, else an error. */
export function renderTable(valuesYaml: string): string {
  const { contents } = parseDocument(valuesYaml);
  if (!isMap(contents)) {
    throw new Error('read values: not a map');
  }
  return ['| value | default | |', '|---|---|---|', ...rowsOf(contents as YAMLMap, '')].join('\n');
}

function rowsOf(map: YAMLMap, prefix: string): string[] {
  return map.items.flatMap((pair, index) => {
    const path = `${prefix}${isScalar(pair.key) ? pair.key.value : ''}`;
    const description = descriptionOf(pair, index === 0 ? map.commentBefore : undefined);
    if (description !== undefined) {
      const json = JSON.stringify(isScalar(pair.value) ? pair.value.value : pair.value);
      return [`| \`${path}\` | \`${json}\` | ${description} |`];
    }
    if (!isMap(pair.value) || pair.value.items.length === 0) {
      throw new Error(`read values "${path}": it has no comment that begins with "# ${MARK}"`);
    }
    return rowsOf(pair.value as YAMLMap, `${path}.`);
  });
}

/** The parser gives a comment above a map's first key to the map. */
function descriptionOf({ key }: Pair, above: string | null | undefined): string | undefined {
  const comment = (isScalar(key) ? key.commentBefore : undefined) ?? above;
  const line = comment?.split('\n').at(-1)?.trim();
  return line?.startsWith(MARK) ? line.slice(MARK.length) : undefined;
}

/** The README with the table between its two marks. */
export function insertTable(
  readme: string,
  table: string,
  [begin, end]: readonly [string, string] = MARKS,
): string {
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`read README: no "${begin}" before "${end}"`);
  }
  return `${before}${begin}\n${table}\n${end}${after}`;
}

const [, script, values, readme] = process.argv;
if (script === fileURLToPath(import.meta.url) && values !== undefined && readme !== undefined) {
  const table = renderTable(readFileSync(values, 'utf8'));
  writeFileSync(readme, insertTable(readFileSync(readme, 'utf8'), table));
}
