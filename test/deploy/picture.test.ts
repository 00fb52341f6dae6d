// SPDX-License-Identifier: Apache-2.0
// The picture for the README: values as a reader expects them, and nothing that a label could break.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatValue, ticksTo } from '../../grafana/src/picture/format.ts';
import { drawPicture, PICTURE_ROWS } from '../../grafana/src/picture/picture.ts';
import { dashboards, shownPanels } from './support/dashboards.ts';

const TITLES = PICTURE_ROWS.flatMap(({ panels }) => panels.map(({ title }) => title));
const PANELS = dashboards.flatMap(shownPanels);

describe('the picture', () => {
  test('shows values with three digits and the prefix of their unit', () => {
    assert.equal(formatValue(0, 'pps'), '0 p/s');
    assert.equal(formatValue(999, 'pps'), '999 p/s');
    assert.equal(formatValue(56_012, 'pps'), '56 kp/s');
    assert.equal(formatValue(267_400_000, 'bps'), '267 Mb/s');
    assert.equal(formatValue(2048, 'bytes'), '2 KiB');
    assert.equal(formatValue(0.0312, 'percentunit'), '3.12 %');
    assert.equal(formatValue(2, 'short'), '2');
    assert.equal(formatValue(0.25, 'short'), '0.25');
  });

  test('has round steps on its axes', () => {
    assert.deepEqual(ticksTo(125_000, 4), [0, 50_000, 100_000]);
    assert.deepEqual(ticksTo(31, 4), [0, 10, 20, 30]);
    assert.deepEqual(ticksTo(1, 4), [0, 0.5, 1]);
  });

  test('is made of panels that the dashboards have', () => {
    for (const title of TITLES) {
      assert.ok(
        PANELS.some((panel) => panel.title === title),
        title,
      );
    }
  });

  test('escapes what comes from labels, and survives panels without data', () => {
    const name = '<script>"&';
    const series = { name, labels: { source_address: name }, points: [[0, 1]] as const };
    const data = TITLES.map((title) => ({
      title,
      type: PANELS.find((panel) => panel.title === title)?.type ?? '',
      unit: 'pps',
      isStacked: false,
      answers: title === 'Packets' ? [[]] : [[series]],
    }));
    const picture = drawPicture(data);
    assert.doesNotMatch(picture, /<script|NaN|undefined|Infinity/);
    assert.match(picture, /&lt;script>&quot;&amp;/);
  });

  test('refuses to be drawn without one of its panels', () => {
    assert.throws(() => drawPicture([]), /no panel "Exporters missing"/);
  });
});
