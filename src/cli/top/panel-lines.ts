// SPDX-License-Identifier: Apache-2.0
// A panel of rates as lines of the screen.
import { drawBar, type Glyphs } from './glyphs.ts';
import { type Line, shorten, span } from './line.ts';
import type { Panel, PanelRow } from './panel.ts';
import { formatQuantity, formatShare, UNITS } from './quantity.ts';
import { sortBy, type View } from './view.ts';

export interface Look {
  readonly view: View;
  readonly glyphs: Glyphs;
}

const PACKETS_WIDTH = 10;
const BYTES_WIDTH = 8;
const SHARE_WIDTH = 7;
const NUMBERS_WIDTH = PACKETS_WIDTH + BYTES_WIDTH + SHARE_WIDTH;
const SHORTEST_BAR = 8;
const LONGEST_BAR = 40;

/** The narrowest panel in which no label of so many characters is cut. */
export function panelWidth(labelWidth: number): number {
  return labelWidth + NUMBERS_WIDTH;
}

/** Lines that show all of it. */
export function panelHeight({ rows, last }: Panel): number {
  return 1 + rows.length + (last === undefined ? 0 : 1);
}

/** At most `height` lines; the heading says how many rows there would be. */
export function drawPanel(panel: Panel, width: number, height: number, look: Look): Line[] {
  const { heading, labelWidth, rows, last } = panel;
  const lastRows = last === undefined ? [] : [last];
  const shown = sortBy(rows, look.view.sort).slice(0, Math.max(0, height - 1 - lastRows.length));
  const left = width - panelWidth(labelWidth) - 1;
  const bar = left < SHORTEST_BAR ? 0 : Math.min(LONGEST_BAR, left);
  const widths = { label: Math.min(labelWidth, width - NUMBERS_WIDTH), bar };
  const title =
    shown.length < rows.length ? `${heading} (${shown.length}/${rows.length})` : heading;
  return [
    drawHeading(title, widths.label, look),
    ...[...shown, ...lastRows].map((row) => drawRow(row, widths, look)),
  ].slice(0, Math.max(0, height));
}

function drawHeading(title: string, labelWidth: number, { view }: Look): Line {
  const cells = [
    shorten(title, labelWidth).padEnd(labelWidth),
    'PACKETS/S'.padStart(PACKETS_WIDTH),
    UNITS[view.unit].heading.padStart(BYTES_WIDTH),
    'SHARE'.padStart(SHARE_WIDTH),
  ];
  return [span(cells.join(''), 'heading')];
}

function drawRow(
  row: PanelRow,
  widths: { label: number; bar: number },
  { view, glyphs }: Look,
): Line {
  const { bytesPerSecond, share } = row;
  const bytes =
    bytesPerSecond === undefined ? '' : formatQuantity(UNITS[view.unit].of({ bytesPerSecond }));
  const cells = [
    shorten(row.label, widths.label).padEnd(widths.label),
    formatQuantity(row.packetsPerSecond).padStart(PACKETS_WIDTH),
    bytes.padStart(BYTES_WIDTH),
    (share === undefined ? '' : formatShare(share)).padStart(SHARE_WIDTH),
  ];
  const bar = widths.bar === 0 ? '' : ` ${drawBar(share ?? 0, widths.bar, glyphs)}`;
  return [span(cells.join('')), span(bar, 'good')];
}
