// SPDX-License-Identifier: Apache-2.0
// The frame of a chart over time: where a moment and a value are, and the lines that say so.
import { formatValue, ticksTo } from './format.ts';
import type { NamedSeries } from './panel-data.ts';
import { type Box, COLOURS, element, text } from './svg.ts';

const LEFT = 58;
const BOTTOM = 18;

/** Room for a time and the space to the next, in pixels. */
const LABEL = 60;

/** Seconds. */
const TIME_STEPS = [5, 10, 20, 30, 60, 120] as const;

export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

/** The part of a chart where data is. @param left room for what the axis says, in pixels */
export function plotBox({ x, y, width, height }: Box, left = LEFT): Box {
  return { x: x + left, y, width: width - left, height: height - BOTTOM };
}

export function spanOf(series: readonly NamedSeries[]): TimeSpan {
  const times = series.flatMap(({ points }) => [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0]);
  return { start: Math.min(...times), end: Math.max(...times) };
}

export function xOf(time: number, { start, end }: TimeSpan, plot: Box): number {
  return plot.x + ((time - start) / Math.max(1, end - start)) * plot.width;
}

/** Times below the plot, as minutes and seconds since its start. */
export function timeAxis(span: TimeSpan, plot: Box): string {
  const duration = span.end - span.start;
  const stepSeconds = TIME_STEPS.find((step) => duration / step <= plot.width / LABEL) ?? duration;
  const count = Math.floor(duration / stepSeconds);
  return Array.from({ length: count + 1 }, (_, index) => {
    const seconds = index * stepSeconds;
    const label = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    const x = xOf(span.start + seconds, span, plot);
    const anchor = index === 0 ? 'start' : 'middle';
    return text(x, plot.y + plot.height + 14, label, { class: 'axis', 'text-anchor': anchor });
  }).join('');
}

export function valueAxis(max: number, unit: string, plot: Box): string {
  return ticksTo(max, 4)
    .map((value) => {
      const y = plot.y + plot.height * (1 - value / max);
      const line = { x1: plot.x, x2: plot.x + plot.width, y1: y, y2: y, stroke: COLOURS.grid };
      const label = text(plot.x - 6, y + 4, formatValue(value, unit), {
        class: 'axis',
        'text-anchor': 'end',
      });
      return element('line', line) + label;
    })
    .join('');
}
