// SPDX-License-Identifier: Apache-2.0
// A row for each CPU, a column for each second: the more packets, the stronger the colour.
import { colour, onLookChange } from './colours.ts';
import { formatRate } from './format.ts';
import type { History, Rates } from './history.ts';

const LABEL_WIDTH = 34;
const LABEL_HEIGHT = 13;
const LARGEST_ROW = 16;
/** Of all rows together, in pixels of the page, as long as each has one. */
const LARGEST_HEIGHT = 256;

export class HeatStrip {
  readonly #canvas: HTMLCanvasElement;
  readonly #history: History;
  readonly #columns: number;

  /** @param columns the moments that it shows */
  constructor(canvas: HTMLCanvasElement, history: History, columns: number) {
    this.#canvas = canvas;
    this.#history = history;
    this.#columns = columns;
    onLookChange(canvas, () => this.draw());
  }

  /** @returns the rate that the strongest colour stands for */
  draw(): number {
    const cpus = this.#history.keys.toSorted((one, other) => Number(one) - Number(other));
    const largest = Math.max(1, ...cpus.flatMap((cpu) => this.#history.rates(cpu)).map(Number));
    const rowHeight = Math.max(1, Math.min(LARGEST_ROW, Math.floor(LARGEST_HEIGHT / cpus.length)));
    const context = this.#prepare(rowHeight * cpus.length);
    const labelEvery = Math.ceil(LABEL_HEIGHT / rowHeight);
    for (const [row, cpu] of cpus.entries()) {
      const y = row * rowHeight;
      if (row % labelEvery === 0) {
        context.fillStyle = colour('soft');
        context.fillText(cpu, LABEL_WIDTH - 8, Math.max(LABEL_HEIGHT / 2, y + rowHeight / 2));
      }
      this.#drawRow(context, this.#history.rates(cpu), y, rowHeight, largest);
    }
    this.#canvas.ariaLabel = `Packets per second of each CPU over the last minutes, at most ${formatRate(largest)}`;
    return largest;
  }

  #drawRow(
    context: CanvasRenderingContext2D,
    rates: Rates,
    y: number,
    rowHeight: number,
    largest: number,
  ): void {
    const cellWidth = (this.#canvas.clientWidth - LABEL_WIDTH) / this.#columns;
    const height = rowHeight > 3 ? rowHeight - 1 : rowHeight;
    const first = this.#columns - rates.length;
    context.fillStyle = colour('cell');
    context.fillRect(LABEL_WIDTH, y, cellWidth * this.#columns, height);
    context.fillStyle = colour('heat');
    for (const [column, rate] of rates.entries()) {
      // The eye tells little from nothing by the root better than by the share itself.
      context.globalAlpha = Math.sqrt((rate ?? 0) / largest);
      const x = LABEL_WIDTH + (first + column) * cellWidth;
      context.fillRect(x, y, cellWidth + 0.5, height);
    }
    context.globalAlpha = 1;
  }

  /** As many points as the screen has, cleared. */
  #prepare(height: number): CanvasRenderingContext2D {
    const canvas = this.#canvas;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const ratio = devicePixelRatio;
    canvas.style.blockSize = `${height}px`;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    return context;
  }
}
