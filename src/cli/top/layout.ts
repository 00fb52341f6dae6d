// SPDX-License-Identifier: Apache-2.0
// Where panels go: below one another, side by side, and how the lines that there are get shared out.
import { beside, type Line } from './line.ts';
import type { Panel } from './panel.ts';
import { drawPanel, type Look, panelHeight, panelWidth } from './panel-lines.ts';

const GAP = 2;

/** A part of the screen that may be given fewer lines than it wants. */
export interface Section {
  readonly wants: number;
  draw(height: number): Line[];
}

/** A line to each in turn, until all have what they want or none is left. */
export function allocate(lines: number, wants: readonly number[]): number[] {
  const heights = wants.map(() => 0);
  let left = Math.max(0, lines);
  while (left > 0) {
    const hungry = wants.flatMap((want, index) => ((heights[index] ?? 0) < want ? [index] : []));
    if (hungry.length === 0) {
      break;
    }
    for (const index of hungry.slice(0, left)) {
      heights[index] = (heights[index] ?? 0) + 1;
    }
    left -= Math.min(left, hungry.length);
  }
  return heights;
}

/** Panels in as many columns as fit, each below the others in the shortest one. */
export function flow(panels: readonly Panel[], width: number, look: Look): Section {
  const count = Math.min(Math.max(1, panels.length), fittingOf(panels, width));
  const stacks: Panel[][] = Array.from({ length: count }, () => []);
  const heightOf = (stack: readonly Panel[]) =>
    stack.reduce((height, panel) => height + panelHeight(panel), 0);
  for (const panel of panels) {
    stacks.toSorted((one, other) => heightOf(one) - heightOf(other))[0]?.push(panel);
  }
  const columnWidth = Math.floor((width - GAP * (count - 1)) / count);
  return {
    wants: panels.length === 0 ? 0 : Math.max(...stacks.map(heightOf)),
    draw: (height) =>
      beside(
        stacks.map((stack) => drawStack(stack, columnWidth, height, look)),
        columnWidth,
      ),
  };
}

/**
 * As many panels as fit side by side, and so many of them below one another.
 * @param first which one comes first; more than there are goes round
 */
export function choose(panels: readonly Panel[], width: number, first: number, deep = 1): Panel[] {
  const start = panels.length === 0 ? 0 : first % panels.length;
  const turned = [...panels.slice(start), ...panels.slice(0, start)];
  return turned.slice(0, deep * fittingOf(panels, width));
}

function drawStack(stack: readonly Panel[], width: number, height: number, look: Look): Line[] {
  const heights = allocate(height, stack.map(panelHeight));
  return stack.flatMap((panel, index) => drawPanel(panel, width, heights[index] ?? 0, look));
}

/** How many columns fit of panels like these. At least one. */
function fittingOf(panels: readonly Panel[], width: number): number {
  const narrowest = Math.max(0, ...panels.map(({ labelWidth }) => panelWidth(labelWidth)));
  return Math.max(1, Math.floor((width + GAP) / (narrowest + GAP)));
}
