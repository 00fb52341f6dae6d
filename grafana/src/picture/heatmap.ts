// SPDX-License-Identifier: Apache-2.0
// Cells over time, the brighter the more: a row for each bucket of a histogram, or for each series.
import { plotBox, spanOf, timeAxis, xOf } from './axes.ts';
import { formatValue } from './format.ts';
import { allSeries, type NamedSeries, type PanelData, type Point } from './panel-data.ts';
import { type Box, rectangle, text } from './svg.ts';

/** From nothing to the most, in red, green and blue. */
const STOPS = [
  [28, 24, 38],
  [122, 44, 60],
  [226, 106, 44],
  [255, 214, 128],
] as const;

/** Room for the names of series, in pixels. */
const NAMES_WIDTH = 84;

export function drawHeatmap(data: PanelData, box: Box): string {
  const series = allSeries(data);
  const isHistogram = series.some(({ labels }) => 'le' in labels);
  const rows = isHistogram ? toBuckets(series) : sortByNumber(series);
  const plot = isHistogram ? plotBox(box) : plotBox(box, NAMES_WIDTH);
  const span = spanOf(rows);
  const max = Math.max(...rows.flatMap(({ points }) => points.map(([, value]) => value)));
  const height = plot.height / rows.length;
  const cells = rows.flatMap(({ name, points }, index) => {
    const y = plot.y + plot.height - (index + 1) * height;
    const label = isHistogram ? formatValue(Number(name), 'bytes') : name;
    const width = plot.width / Math.max(1, points.length);
    return [
      text(plot.x - 6, y + height / 2 + 4, label, { class: 'axis', 'text-anchor': 'end' }),
      ...points.map(([time, value]) => {
        // A cell ends where its moment is; the first one would begin outside.
        const x = plot.x + ((xOf(time, span, plot) - plot.x) * (plot.width - width)) / plot.width;
        const cell = { x, y: y + 0.5, width: width + 0.3, height: height - 1 };
        return rectangle(cell, { fill: colourOf(value / max) });
      }),
    ];
  });
  return cells.join('') + timeAxis(span, plot);
}

/** Cumulative counts to counts, without the buckets at both ends where nothing ever is. */
function toBuckets(series: readonly NamedSeries[]): readonly NamedSeries[] {
  const sorted = sortByNumber(series);
  const buckets = sorted.map((each, index) => {
    const below = new Map<number, number>(sorted[index - 1]?.points ?? []);
    const points = each.points.map(
      ([time, value]): Point => [time, Math.max(0, value - (below.get(time) ?? 0))],
    );
    return { ...each, points };
  });
  const isUsed = ({ points }: NamedSeries) => points.some(([, value]) => value > 0);
  const last = buckets.length - 1 - [...buckets].reverse().findIndex(isUsed);
  return buckets.slice(buckets.findIndex(isUsed), last + 1);
}

function sortByNumber(series: readonly NamedSeries[]): readonly NamedSeries[] {
  const last = ({ name }: NamedSeries) => Number(name === '+Inf');
  return [...series].sort(
    (one, other) =>
      last(one) - last(other) || one.name.localeCompare(other.name, 'en', { numeric: true }),
  );
}

/** @param share 0 to 1; the root lifts what is small out of the dark */
function colourOf(share: number): string {
  const at = Math.sqrt(Math.max(0, Math.min(1, share))) * (STOPS.length - 1);
  const from = STOPS[Math.floor(at)] ?? STOPS[0];
  const to = STOPS[Math.ceil(at)] ?? from;
  const mixed = from.map((channel, index) =>
    Math.round(channel + ((to[index] ?? channel) - channel) * (at % 1)),
  );
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
