// SPDX-License-Identifier: Apache-2.0
// Elements of SVG as text.

export const COLOURS = {
  page: '#0b0e14',
  panel: '#151a23',
  border: '#262d3a',
  grid: '#232a36',
  text: '#d6dbe5',
  faint: '#8b95a7',
} as const;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, content = ''): string {
  const list = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeText(show(value))}"`,
  );
  return content === ''
    ? `<${name}${list.join('')}/>`
    : `<${name}${list.join('')}>${content}</${name}>`;
}

/** @param attributes `size` in pixels, and others of SVG's own */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeText(content));
}

export function rectangle({ x, y, width, height }: Box, attributes: Attributes): string {
  return element('rect', { x, y, width, height, ...attributes });
}

/** A line from point to point. */
export function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${show(x)} ${show(y)}`).join('');
}

/** Cuts what would not fit, at about the width of a letter. */
export function fit(content: string, widthPixels: number, letterPixels = 6.2): string {
  const letters = Math.floor(widthPixels / letterPixels);
  return content.length <= letters ? content : `${content.slice(0, Math.max(1, letters - 1))}…`;
}

function show(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 10) / 10) : value;
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
