// SPDX-License-Identifier: Apache-2.0
// The characters that bars and sparklines are drawn with, for terminals with and without Unicode.

export interface Glyphs {
  /** From an empty cell to a full one, for bars that grow to the right. */
  readonly bar: readonly string[];
  /** From the lowest value to the highest, for columns. */
  readonly column: readonly string[];
  /** Before the device that is shown below. */
  readonly selected: string;
  /** A CPU without packets. */
  readonly idle: string;
}

const UNICODE: Glyphs = {
  bar: [...' ▏▎▍▌▋▊▉█'],
  column: [...'▁▂▃▄▅▆▇█'],
  selected: '▸',
  idle: '·',
};

const ASCII: Glyphs = { bar: [...' #'], column: [...'_.:-=+*#'], selected: '>', idle: '.' };

/**
 * ASCII only where a locale says so: in a container none is set, and the terminal around it knows UTF-8.
 * @param environment LC_ALL, LC_CTYPE and LANG, of which the first one that is set decides
 */
export function chooseGlyphs({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): Glyphs {
  const locale = LC_ALL || LC_CTYPE || LANG || 'UTF-8';
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}

/** A bar of `width` cells, filled by `part`, 0 to 1, to an eighth of a cell. */
export function drawBar(part: number, width: number, { bar }: Glyphs): string {
  const steps = bar.length - 1;
  const filled = Math.round(Math.min(1, Math.max(0, part)) * width * steps);
  const full = Math.floor(filled / steps);
  const rest = filled % steps === 0 ? '' : (bar[filled % steps] ?? '');
  return `${(bar[steps] ?? '').repeat(full)}${rest}`.padEnd(width);
}

/** One column of a sparkline; a space for what is not known. */
export function drawColumn(value: number, highest: number, { column }: Glyphs): string {
  if (Number.isNaN(value)) {
    return ' ';
  }
  const level = highest === 0 ? 0 : Math.round((value / highest) * (column.length - 1));
  return column[level] ?? ' ';
}
