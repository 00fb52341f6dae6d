// SPDX-License-Identifier: Apache-2.0
// The table of failed calls in docs/reliability.md: written from a run, and compared with each later one.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../../../docs/reliability.md', import.meta.url));
const MARKS = /(<!-- failed calls -->\n)[\s\S]*?(<!-- end of failed calls -->)/;
const COLUMNS = ['start once', 'start ever', 'run once', 'run ever'] as const;

/** What became of the exporter when a call failed. */
export type Outcomes = Readonly<Record<(typeof COLUMNS)[number], string>>;

export function writeOutcomes(seen: ReadonlyMap<string, Partial<Outcomes>>): void {
  const known = new Map<string, Partial<Outcomes>>([...documentedOutcomes(), ...seen]);
  const rows = [...known].map(([call, outcomes]) => {
    const cells = COLUMNS.map((column) => outcomes[column] ?? 'not called');
    return `| \`${call}\` | ${cells.join(' | ')} |`;
  });
  const head = `| call | at start, once | at start, permanently | running, once | running, permanently |`;
  const table = [head, '|---|---|---|---|---|', ...rows].join('\n');
  const text = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(DOCUMENT, text.replace(MARKS, `$1\n${table}\n\n$2`));
}

/** By call. */
export function documentedOutcomes(): ReadonlyMap<string, Outcomes> {
  const table = MARKS.exec(readFileSync(DOCUMENT, 'utf8'))?.[0] ?? '';
  const rows = table.matchAll(/^\| `(\w+)` \| (.*) \| (.*) \| (.*) \| (.*) \|$/gm);
  return new Map(
    [...rows].map(([, call = '', ...cells]) => [
      call,
      Object.fromEntries(COLUMNS.map((column, index) => [column, cells[index]])) as Outcomes,
    ]),
  );
}

/** @param flaws as of `flawsOf` */
export function describeFlaws(flaws: readonly string[]): string {
  return flaws.length === 0 ? 'goes on' : `goes on without ${flaws.join(', ')}`;
}

/** Whether it ended, and how. What else was missing depends on the moment at which the call failed. */
export function exitOf(outcome: string | undefined): string {
  assert.ok(outcome !== undefined, 'the document has a row for it');
  return outcome.startsWith('exits') ? outcome : 'goes on';
}
