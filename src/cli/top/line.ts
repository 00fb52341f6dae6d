// SPDX-License-Identifier: Apache-2.0
// Lines of the screen as spans of text, and how they become what a terminal is sent.
import { styleText } from 'node:util';

const STYLES = {
  title: ['bold'],
  heading: ['bold', 'cyan'],
  selected: ['inverse'],
  quiet: ['dim'],
  good: ['green'],
  warning: ['yellow'],
  alarm: ['bold', 'red'],
} as const satisfies Record<string, Parameters<typeof styleText>[0]>;

export type Style = keyof typeof STYLES;

/** Text of characters that each take one cell. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Span[];

/** A line of one span. */
export function line(text: string, style?: Style): Line {
  return [span(text, style)];
}

export function span(text: string, style?: Style): Span {
  return style === undefined ? { text } : { text, style };
}

export function widthOf(spans: Line): number {
  return spans.reduce((width, { text }) => width + text.length, 0);
}

/** Exactly `width` wide: cut, or filled up with spaces. */
export function fit(spans: Line, width: number): Line {
  const fitted: Span[] = [];
  let left = Math.max(0, width);
  for (const { text, style } of spans) {
    const kept = text.slice(0, left);
    left -= kept.length;
    if (kept !== '') {
      fitted.push(span(kept, style));
    }
  }
  return left === 0 ? fitted : [...fitted, { text: ' '.repeat(left) }];
}

/** Text with a mark where something was cut off. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}~`;
}

/** One text and another at the right edge; the second one gives way where both do not fit. */
export function spread(left: Line, right: Line, width: number): Line {
  const gap = width - widthOf(left) - widthOf(right);
  return gap < 1 ? fit(left, width) : [...left, { text: ' '.repeat(gap) }, ...right];
}

/** Blocks side by side, each `width` wide with two spaces between them. */
export function beside(blocks: readonly (readonly Line[])[], width: number): Line[] {
  const height = Math.max(0, ...blocks.map((block) => block.length));
  return Array.from({ length: height }, (_, row) =>
    blocks.flatMap((block, column): Line => {
      const cell = fit(block[row] ?? [], width);
      return column === 0 ? cell : [{ text: '  ' }, ...cell];
    }),
  );
}

/** What is written for a line; without colour the text alone. */
export function paint(spans: Line, isColoured: boolean): string {
  return spans
    .map(({ text, style }) =>
      style === undefined || !isColoured ? text : styleText([...STYLES[style]], text, UNASKED),
    )
    .join('');
}

/** Whether to colour is decided by who calls, not by what standard output is. */
const UNASKED = { validateStream: false };
