// SPDX-License-Identifier: Apache-2.0
// Packets per second by action, over the last minutes.
import { ACTIONS } from '../snapshot/packet-class.ts';
import { colour, onLookChange } from './colours.ts';
import { formatRate } from './format.ts';
import type { History } from './history.ts';
import uPlot from './uplot.js';

const HEIGHT = 200;
const AXIS_WIDTH = 62;

export class RateChart {
  readonly #element: HTMLElement;
  readonly #history: History;
  readonly #spanSeconds: number;
  #plot: uPlot | undefined;

  /** @param spanSeconds how far back it shows */
  constructor(element: HTMLElement, history: History, spanSeconds: number) {
    this.#element = element;
    this.#history = history;
    this.#spanSeconds = spanSeconds;
    onLookChange(element, () => this.#create());
  }

  draw(): void {
    const seen = ACTIONS.filter((action) => this.#history.rates(action).some((rate) => rate));
    for (const [index, action] of ACTIONS.entries()) {
      if (this.#plot?.series[index + 1]?.show !== seen.includes(action)) {
        this.#plot?.setSeries(index + 1, { show: seen.includes(action) });
      }
    }
    this.#plot?.setData(this.#data());
    const rates = seen.map(
      (action) => `${action} ${formatRate(this.#history.rates(action).at(-1) ?? 0)}`,
    );
    this.#element.ariaLabel = `Packets per second, now: ${rates.join(', ') || 'none'}`;
  }

  #data(): uPlot.AlignedData {
    return [[...this.#history.times], ...ACTIONS.map((action) => [...this.#history.rates(action)])];
  }

  /** With the colours and the width of now. */
  #create(): void {
    this.#plot?.destroy();
    const axis: uPlot.Axis = {
      stroke: colour('soft'),
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const options: uPlot.Options = {
      width: this.#element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: (_, __, last) => [last - this.#spanSeconds, last] },
        y: { range: (_, __, largest) => [0, Math.max(1, largest * 1.1)] },
      },
      axes: [
        { ...axis, space: 90, values: (_, times) => times.map(formatTime) },
        { ...axis, size: AXIS_WIDTH, values: (_, rates) => rates.map(formatRate) },
      ],
      series: [
        {},
        ...ACTIONS.map((action) => ({
          label: action,
          stroke: colour(action),
          width: 2,
          points: { show: false },
          show: false,
        })),
      ],
    };
    this.#plot = new uPlot(options, this.#data(), this.#element);
    this.draw();
  }
}

function formatTime(seconds: number): string {
  return new Date(1000 * seconds).toLocaleTimeString('en-GB');
}
