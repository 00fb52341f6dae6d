// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { insertTable, renderTable } from '../../scripts/values-table.ts';

describe('renderTable', () => {
  test('has a row with the path, the default and the comment of each value', () => {
    const yaml =
      '# A heading.\n\n# -- First.\na: 1\nb:\n  # -- In a map.\n  c: "x"\n  # no row\n  # -- A list.\n  d: [1]\n';
    assert.deepEqual(renderTable(yaml).split('\n').slice(2), [
      '| `a` | `1` | First. |',
      '| `b.c` | `"x"` | In a map. |',
      '| `b.d` | `[1]` | A list. |',
    ]);
  });

  test('refuses a value without a comment', () => {
    assert.throws(
      () => renderTable('# -- One.\na: 1\nb:\n  c: 2\n'),
      /read values "b.c": it has no/,
    );
    assert.throws(() => renderTable('# One.\na: {}\n'), /read values "a"/);
  });
});

describe('insertTable', () => {
  test('replaces what is between the marks and nothing else', () => {
    const marks = ['<!-- values: written by `npm run render` -->', '<!-- /values -->'];
    const readme = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
    assert.equal(insertTable(readme, 'new'), `before\n${marks[0]}\nnew\n${marks[1]}\nafter\n`);
  });

  test('refuses a document without marks', () => {
    assert.throws(() => insertTable('nothing', 'new'), /read README: no/);
  });
});
