// SPDX-License-Identifier: Apache-2.0
// Bars and columns of a screen as shapes: as letters they would be as wide and as high as a reader's font likes.

export interface Cell {
  readonly width: number;
  readonly height: number;
}

/** Above and below, so that bars on lines that follow one another do not melt into one. */
const BAR_GAP = 2;

const FULL = 0x2588;
const EIGHTHS = 8;

/** Runs of full cells, and single cells that are filled in part: U+2581 to U+2587 from below, U+2589 to U+258F from the left. */
export const BLOCKS = /\u2588+|[\u2581-\u2587\u2589-\u258f]/gu;

/** The data of an SVG path for what `BLOCKS` matches. @param column of its first cell */
export function blockPath(run: string, column: number, { width, height }: Cell): string {
  const code = run.codePointAt(0) ?? FULL;
  const x = column * width;
  if (code < FULL) {
    const filled = (height * (code - FULL + EIGHTHS)) / EIGHTHS;
    return rectanglePath(x, height - filled, width, filled);
  }
  const part = (EIGHTHS - (code - FULL)) / EIGHTHS;
  return rectanglePath(x, BAR_GAP, run.length * width * part, height - 2 * BAR_GAP);
}

function rectanglePath(x: number, y: number, width: number, height: number): string {
  return `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}z`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
