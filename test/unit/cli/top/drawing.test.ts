// SPDX-License-Identifier: Apache-2.0
// The small parts of the screen: numbers, bars, lines, and the last minute.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareSnapshots } from '../../../../src/cli/top/compare.ts';
import { chooseGlyphs, drawBar, drawColumn } from '../../../../src/cli/top/glyphs.ts';
import { History, keyOf } from '../../../../src/cli/top/history.ts';
import { fit, line, paint, spread, widthOf } from '../../../../src/cli/top/line.ts';
import { formatQuantity, formatShare } from '../../../../src/cli/top/quantity.ts';
import { deviceOf, PASS, snapshotOf, trafficOf } from './counted.ts';

describe('formatQuantity', () => {
  it('has three digits and a prefix', () => {
    const texts = [
      0, 0.04, 0.5, 9.96, 10.4, 999, 999.6, 1000, 1234, 9_995, 45_678, 999_499, 999_500, 2e9,
      1.5e15, 5e18,
    ];
    assert.deepEqual(texts.map(formatQuantity), [
      ...['0', '0', '0.5', '10', '10', '999', '1.00K', '1.00K', '1.23K', '9.99K'],
      ...['45.7K', '999K', '1.00M', '2.00G', '1.50P', '5000P'],
    ]);
  });

  it('writes shares in percent', () => {
    assert.deepEqual([0, 0.0004, 0.5, 1].map(formatShare), ['0.0%', '0.0%', '50.0%', '100.0%']);
  });
});

describe('glyphs', () => {
  const unicode = chooseGlyphs({});
  const ascii = chooseGlyphs({ LANG: 'C' });

  it('are ASCII only where a locale says so, the strongest one first', () => {
    assert.equal(chooseGlyphs({ LANG: 'de_DE.utf8' }), unicode);
    assert.equal(chooseGlyphs({ LC_ALL: '', LANG: 'en_US.ISO-8859-1' }), ascii);
    assert.equal(chooseGlyphs({ LC_ALL: 'C.UTF-8', LANG: 'C' }), unicode);
    assert.equal(chooseGlyphs({ LC_CTYPE: 'POSIX', LANG: 'C.UTF-8' }), ascii);
  });

  it('fill a bar to an eighth of a cell, and never beyond its width', () => {
    assert.deepEqual(
      [0, 0.5, 0.3125, 1, 7, -1].map((part) => drawBar(part, 4, unicode)),
      ['    ', '██  ', '█▎  ', '████', '████', '    '],
    );
    assert.equal(drawBar(0.5, 4, ascii), '##  ');
  });

  it('draw a column between the lowest and the highest, and nothing for what is not known', () => {
    const columns = [0, 50, 100, Number.NaN].map((value) => drawColumn(value, 100, unicode));
    assert.deepEqual(columns, ['▁', '▅', '█', ' ']);
    assert.equal(drawColumn(0, 0, unicode), '▁');
  });
});

describe('lines', () => {
  it('are cut and filled up to a width', () => {
    assert.equal(paint(fit([...line('abc'), ...line('def')], 4), false), 'abcd');
    assert.equal(paint(fit(line('abc'), 5), false), 'abc  ');
    assert.equal(widthOf(fit(line('abc'), 0)), 0);
  });

  it('have the right edge where there is room for it', () => {
    assert.equal(paint(spread(line('ab'), line('cd'), 6), false), 'ab  cd');
    assert.equal(paint(spread(line('ab'), line('cd'), 4), false), 'ab  ');
  });

  it('have colours only where they are wanted, whatever standard output is', () => {
    assert.equal(paint(line('lost', 'alarm'), true), '\u001b[1m\u001b[31mlost\u001b[39m\u001b[22m');
    assert.equal(paint(line('lost', 'alarm'), false), 'lost');
  });
});

describe('History', () => {
  const eth0 = (count: number, name = 'eth0') => deviceOf(trafficOf({ [PASS]: count }), name);
  const key = keyOf({ device: 'eth0' });

  /** Adds the reports of snapshots at these milliseconds, each with so many packets more. */
  function historyOf(...steps: readonly (readonly [atMs: number, packets: number])[]) {
    const history = new History();
    let before = snapshotOf(10_000, [eth0(0)]);
    let count = 0;
    for (const [atMs, packets] of steps) {
      count += packets;
      const after = snapshotOf(atMs, [eth0(count)]);
      history.add(compareSnapshots(before, after), atMs);
      before = after;
    }
    return history.minutes().get(key) ?? [];
  }
  const known = (seconds: readonly number[]) => seconds.filter((rate) => !Number.isNaN(rate));

  it('has a rate for each second of the last minute', () => {
    const seconds = historyOf([11_000, 5], [12_000, 7]);
    assert.equal(seconds.length, 60);
    assert.deepEqual(known(seconds), [5, 7]);
    assert.deepEqual(seconds.slice(-2), [5, 7]);
  });

  it('fills the seconds of a longer interval, up to all of them', () => {
    assert.deepEqual(known(historyOf([11_000, 5], [14_000, 9])), [5, 3, 3, 3]);
    assert.deepEqual(known(historyOf([11_000, 5], [3_611_000, 3_600])), Array(60).fill(1));
  });

  it('keeps the last rate of a second that has several', () => {
    assert.deepEqual(known(historyOf([10_300, 3], [10_600, 6], [11_100, 5])), [20, 10]);
  });

  it('forgets a device that is gone', () => {
    const history = new History();
    history.add(compareSnapshots(snapshotOf(0, [eth0(0)]), snapshotOf(1000, [eth0(1)])), 1000);
    const other = [eth0(1, 'eth1')];
    history.add(compareSnapshots(snapshotOf(1000, other), snapshotOf(2000, other)), 2000);
    assert.deepEqual([...history.minutes().keys()], [keyOf({ device: 'eth1' })]);
  });
});
