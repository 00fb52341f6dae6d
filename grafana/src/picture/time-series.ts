// SPDX-License-Identifier: Apache-2.0
// Lines over time, or areas on top of one another, with a legend of means below.
import { colourOf } from '../colours.ts';
import { plotBox, spanOf, timeAxis, valueAxis, xOf } from './axes.ts';
import { formatValue } from './format.ts';
import { NAMED_COLOURS } from './named-colours.ts';
import {
  allSeries,
  meanValue,
  type NamedSeries,
  type PanelData,
  type Point,
} from './panel-data.ts';
import { type Box, COLOURS, element, fit, pathOf, rectangle, text } from './svg.ts';

const PALETTE = [
  '#5aa9e6',
  '#f2b134',
  '#7bc47f',
  '#e8618c',
  '#a78bfa',
  '#4dd0c5',
  '#ff8a5b',
  '#c3d350',
  '#8fa3bf',
  '#d98cd9',
] as const;

const LEGEND_ROW = 16;
/** Pixels for a name and its mean. */
const LEGEND_WIDTH = 180;
const MAX_LEGEND_ROWS = 5;

/** Where a series is, from below to above, at each time. */
interface Band {
  readonly series: NamedSeries;
  readonly colour: string;
  readonly bottom: readonly Point[];
  readonly top: readonly Point[];
}

export function drawTimeSeries(data: PanelData, box: Box): string {
  const sorted = [...allSeries(data)].sort((one, other) => meanValue(other) - meanValue(one));
  const bands = toBands(sorted, data.isStacked);
  const rows = Math.min(MAX_LEGEND_ROWS, Math.ceil(bands.length / legendColumns(box)));
  const chart = { ...box, height: box.height - rows * LEGEND_ROW - 6 };
  const plot = plotBox(chart);
  const span = spanOf(sorted);
  const highest = Math.max(...bands.flatMap(({ top }) => top.map(([, value]) => value)));
  const max = highest > 0 ? highest * 1.08 : 1;
  const place = ([time, value]: Point) =>
    [xOf(time, span, plot), plot.y + plot.height * (1 - value / max)] as const;
  const shapes = bands.map(({ colour, bottom, top }) => {
    const line = top.map(place);
    const area = pathOf([...line, ...bottom.map(place).reverse()]);
    return (
      element('path', { d: area, fill: colour, 'fill-opacity': data.isStacked ? '0.45' : '0.06' }) +
      element('path', { d: pathOf(line), fill: 'none', stroke: colour, 'stroke-width': 1.8 })
    );
  });
  const below = { ...box, y: chart.y + chart.height + 6 };
  return [
    valueAxis(max, data.unit, plot),
    timeAxis(span, plot),
    // The largest last: what is zero all the time must not hide its line.
    ...shapes.reverse(),
    drawLegend(bands, data.unit, below),
  ].join('');
}

function toBands(series: readonly NamedSeries[], isStacked: boolean): readonly Band[] {
  const below = new Map<number, number>();
  return series.map((each, index) => {
    const floor = ([time]: Point) => [time, isStacked ? (below.get(time) ?? 0) : 0] as const;
    const bottom = each.points.map(floor);
    const top = each.points.map(
      ([time, value], at) => [time, value + (bottom[at]?.[1] ?? 0)] as const,
    );
    for (const [time, value] of top) {
      below.set(time, value);
    }
    const colour = NAMED_COLOURS[colourOf(each.name) ?? ''] ?? PALETTE[index % PALETTE.length];
    return { series: each, colour: colour ?? COLOURS.text, bottom, top };
  });
}

function legendColumns({ width }: Box): number {
  return width < 2 * LEGEND_WIDTH ? 1 : 2;
}

function drawLegend(bands: readonly Band[], unit: string, box: Box): string {
  const columns = legendColumns(box);
  const width = box.width / columns;
  return bands
    .slice(0, MAX_LEGEND_ROWS * columns)
    .map(({ series, colour }, index) => {
      const x = box.x + (index % columns) * width;
      const y = box.y + Math.floor(index / columns) * LEGEND_ROW + 10;
      const mean = formatValue(meanValue(series), unit);
      return [
        rectangle({ x, y: y - 7, width: 10, height: 4 }, { fill: colour, rx: 2 }),
        text(x + 16, y, fit(series.name, width - 100), { class: 'legend' }),
        text(x + width - 14, y, mean, { class: 'axis', 'text-anchor': 'end' }),
      ].join('');
    })
    .join('');
}
