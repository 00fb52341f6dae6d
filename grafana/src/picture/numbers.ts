// SPDX-License-Identifier: Apache-2.0
// Panels of numbers: one large one, and a table.
import { formatValue } from './format.ts';
import { allSeries, lastValue, type NamedSeries, type PanelData } from './panel-data.ts';
import { type Box, COLOURS, fit, rectangle, text } from './svg.ts';

const ROW = 21;

export function drawStat(data: PanelData, { x, y, width, height }: Box): string {
  const [series] = allSeries(data);
  const value = series === undefined ? '–' : formatValue(lastValue(series), data.unit);
  const middle = { class: 'stat', 'text-anchor': 'middle' };
  return text(x + width / 2, y + height / 2 + 8, value, middle);
}

/** Rows by the panel's first query, and what its second one says of each; the labels of the list's own come first. */
export function drawTable(data: PanelData, box: Box): string {
  const [packets = [], bytes = []] = data.answers;
  const key = ({ labels }: NamedSeries) => JSON.stringify(Object.entries(labels).sort());
  const sizes = new Map(bytes.map((series) => [key(series), lastValue(series)]));
  const columns = [box.x, box.x + box.width - 90, box.x + box.width] as const;
  const row = (cells: readonly string[], y: number, style: string) =>
    cells
      .map((cell, index) =>
        text(columns[index] ?? 0, y, cell, {
          class: style,
          'text-anchor': index === 0 ? 'start' : 'end',
        }),
      )
      .join('');
  const shown = byValue(packets).slice(0, Math.floor(box.height / ROW) - 1);
  return [
    row(['', 'Packets', 'Bytes'], box.y + 12, 'axis'),
    ...shown.map((series, index) => {
      const y = box.y + (index + 1) * ROW + 12;
      const { instance = '', device: _, netns: __, ...own } = series.labels;
      const cells = [
        fit([instance, ...Object.values(own)].join(' '), box.width - 180),
        formatValue(lastValue(series), 'short'),
        formatValue(sizes.get(key(series)) ?? 0, 'bytes'),
      ];
      const line = { x: box.x, y: y - 15, width: box.width, height: 1 };
      return rectangle(line, { fill: COLOURS.grid }) + row(cells, y, 'legend');
    }),
  ].join('');
}

function byValue(series: readonly NamedSeries[]): readonly NamedSeries[] {
  return [...series].sort((one, other) => lastValue(other) - lastValue(one));
}
