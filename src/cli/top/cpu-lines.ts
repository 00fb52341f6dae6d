// SPDX-License-Identifier: Apache-2.0
// The load of every CPU: a bar with its number for some CPUs, a column each for hundreds of them.
import { drawBar, drawColumn, type Glyphs } from './glyphs.ts';
import { type Line, line, span } from './line.ts';
import { formatQuantity } from './quantity.ts';
import type { DeviceReport } from './report.ts';

type Cpus = DeviceReport['cpus'];

const ID_WIDTH = 4;
const NUMBER_WIDTH = 7;
const SHORTEST_BAR = 12;
const LONGEST_BAR = 60;
const CELL_WIDTH = ID_WIDTH + 1 + SHORTEST_BAR + NUMBER_WIDTH;
const GAP = 2;

/** @param most lines beside the heading. All CPUs are shown, whatever their number; the lines may be more for it. */
export function drawCpus(cpus: Cpus, width: number, most: number, glyphs: Glyphs): Line[] {
  const cells = Math.max(1, Math.min(cpus.length, Math.floor((width + GAP) / (CELL_WIDTH + GAP))));
  const heading = line(`CPU  ${describeSkew(cpus)}`, 'heading');
  const body =
    Math.ceil(cpus.length / cells) <= most
      ? drawBars(cpus, width, cells, glyphs)
      : drawColumns(cpus, width, glyphs);
  return [heading, ...body];
}

/** The busiest CPU against the mean of all. */
function describeSkew(cpus: Cpus): string {
  const all = cpus.reduce((sum, { packetsPerSecond }) => sum + packetsPerSecond, 0);
  const [busiest] = cpus.toSorted((one, other) => other.packetsPerSecond - one.packetsPerSecond);
  if (busiest === undefined || all === 0) {
    return `${cpus.length} online, no packets`;
  }
  const skew = (busiest.packetsPerSecond * cpus.length) / all;
  return `${cpus.length} online, skew ${skew.toFixed(1)}: CPU ${busiest.cpu} has ${formatQuantity(busiest.packetsPerSecond)} packets/s`;
}

function highestOf(cpus: Cpus): number {
  return cpus.reduce((highest, { packetsPerSecond }) => Math.max(highest, packetsPerSecond), 0);
}

/** Row by row, `cells` in each. */
function drawBars(cpus: Cpus, width: number, cells: number, glyphs: Glyphs): Line[] {
  const highest = highestOf(cpus);
  const cellWidth = Math.floor((width - GAP * (cells - 1)) / cells);
  const barWidth = Math.max(1, Math.min(LONGEST_BAR, cellWidth - ID_WIDTH - 1 - NUMBER_WIDTH));
  return chunk(cpus, cells).map((row) =>
    row.flatMap(({ cpu, packetsPerSecond }, index): Line => {
      const part = highest === 0 ? 0 : packetsPerSecond / highest;
      return [
        span(`${index === 0 ? '' : ' '.repeat(GAP)}${String(cpu).padStart(ID_WIDTH)} `),
        span(drawBar(part, barWidth, glyphs), 'good'),
        span(formatQuantity(packetsPerSecond).padStart(NUMBER_WIDTH)),
      ];
    }),
  );
}

/** A power of two in each row, so that their first ids are easy to read. */
function drawColumns(cpus: Cpus, width: number, glyphs: Glyphs): Line[] {
  const highest = highestOf(cpus);
  const perRow = 2 ** Math.floor(Math.log2(Math.max(1, width - ID_WIDTH - 1)));
  return chunk(cpus, perRow).map((row) => {
    const columns = row.map(({ packetsPerSecond }) =>
      packetsPerSecond === 0 ? glyphs.idle : drawColumn(packetsPerSecond, highest, glyphs),
    );
    return [span(`${String(row[0]?.cpu).padStart(ID_WIDTH)} `), span(columns.join(''), 'good')];
  });
}

function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
