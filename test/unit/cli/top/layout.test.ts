// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chooseGlyphs } from '../../../../src/cli/top/glyphs.ts';
import { allocate, choose, flow } from '../../../../src/cli/top/layout.ts';
import { paint } from '../../../../src/cli/top/line.ts';
import type { Panel } from '../../../../src/cli/top/panel.ts';
import { FIRST_VIEW } from '../../../../src/cli/top/view.ts';

describe('allocate', () => {
  it('gives a line to each in turn', () => {
    assert.deepEqual(allocate(7, [1, 9, 3]), [1, 3, 3]);
    assert.deepEqual(allocate(2, [5, 5, 5]), [1, 1, 0]);
    assert.deepEqual(allocate(99, [5, 0]), [5, 0]);
  });

  it('never gives more than there is, nor more than is wanted, and wastes nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5, max: 80 }),
        fc.array(fc.integer({ min: 0, max: 30 })),
        (lines, wants) => {
          const heights = allocate(lines, wants);
          const sum = (values: readonly number[]) =>
            values.reduce((total, value) => total + value, 0);
          assert.ok(heights.every((height, index) => height <= (wants[index] ?? 0)));
          assert.equal(sum(heights), Math.min(Math.max(0, lines), sum(wants)));
        },
      ),
    );
  });
});

describe('choose', () => {
  const panels = ['SOURCE', 'DESTINATION', 'PORT'].map((heading): Panel => {
    const row = {
      label: `first ${heading.toLowerCase()}`,
      packets: 5,
      packetsPerSecond: 5,
      share: 1,
    };
    return {
      heading,
      labelWidth: 39,
      rows: [row, { ...row, label: 'second', packetsPerSecond: 4 }],
    };
  });
  const draw = (width: number, list: number) => {
    const look = { view: FIRST_VIEW, glyphs: chooseGlyphs({}) };
    return flow(choose(panels, width, list), width, look)
      .draw(3)
      .map((line) => paint(line, false));
  };

  it('shows all lists side by side where they fit', () => {
    const lines = draw(200, 0);
    assert.match(lines[0] ?? '', /^SOURCE .*DESTINATION .*PORT /);
    assert.match(lines[1] ?? '', /^first source .*first destination .*first port /);
    assert.equal(lines.length, 3);
  });

  it('shows on a small screen the one that the view says, in full', () => {
    for (const [list, heading] of [
      [0, 'SOURCE'],
      [1, 'DESTINATION'],
      [2, 'PORT'],
      [3, 'SOURCE'],
    ] as const) {
      const lines = draw(80, list);
      assert.deepEqual(
        lines.map((line) => line.split(' ')[0]),
        [heading, 'first', 'second'],
      );
    }
  });

  it('wants nothing where there is no list', () => {
    const look = { view: FIRST_VIEW, glyphs: chooseGlyphs({}) };
    assert.equal(flow(choose([], 80, 3), 80, look).wants, 0);
  });

  it('lets so many stand below one another', () => {
    const headings = (deep: number) => choose(panels, 80, 1, deep).map(({ heading }) => heading);
    assert.deepEqual(headings(1), ['DESTINATION']);
    assert.deepEqual(headings(2), ['DESTINATION', 'PORT']);
    assert.deepEqual(headings(9), ['DESTINATION', 'PORT', 'SOURCE']);
  });
});
