// SPDX-License-Identifier: Apache-2.0
// Captured screens as one animated SVG without scripts, fonts or links: a strip of screens that moves behind a window.
import { COLOURS, element, rectangle, text } from '../../../../grafana/src/picture/svg.ts';
import { BLOCKS, blockPath, type Cell } from './blocks.ts';
import { type Piece, readCapture } from './captured-lines.ts';

export interface Frame {
  /** With escape codes. */
  readonly capture: string;
  readonly durationMs: number;
}

export interface RecordingOptions {
  readonly columns: number;
  readonly rows: number;
  readonly title: string;
  readonly description: string;
  /** Index of the frame that stands still where nothing is to move. */
  readonly still: number;
}

const CELL: Cell = { width: 8, height: 17 };
const BASELINE = 13;
const MARGIN = 14;

/** Against the page's background each has a contrast of 4.5 or more. */
const FILLS = {
  red: '#ff7b72',
  green: '#56d364',
  yellow: '#e3b341',
  cyan: '#76c7f0',
  dim: COLOURS.faint,
} as const;

export function drawRecording(frames: readonly Frame[], options: RecordingOptions): string {
  const { columns, rows, title, description, still } = options;
  const width = columns * CELL.width;
  const height = rows * CELL.height;
  const lines = new LineStore();
  const strip = frames.map(({ capture }, index) =>
    readCapture(capture)
      .slice(0, rows)
      .map((pieces, row) => lines.place(pieces, index * height + row * CELL.height))
      .join(''),
  );
  const outer = { x: 0, y: 0, width: width + 2 * MARGIN, height: height + 2 * MARGIN };
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${outer.width} ${outer.height}`,
      width: outer.width,
      height: outer.height,
      role: 'img',
      'aria-labelledby': 'title description',
    },
    [
      `<title id="title">${title}</title>`,
      `<desc id="description">${description}</desc>`,
      `<style>${styleSheet(frames, height, still)}</style>`,
      `<defs>${lines.definitions()}</defs>`,
      rectangle(outer, { rx: 8, fill: COLOURS.page, stroke: COLOURS.border }),
      element(
        'svg',
        { x: MARGIN, y: MARGIN, width, height },
        element('g', { class: 'strip' }, strip.join('')),
      ),
      '',
    ].join('\n'),
  )}\n`;
}

/** Moves by whole screens, each at its time; not at all for readers who want no motion. */
function styleSheet(frames: readonly Frame[], height: number, still: number): string {
  const totalMs = frames.reduce((sum, { durationMs }) => sum + durationMs, 0);
  let elapsedMs = 0;
  const steps = frames.map(({ durationMs }, index) => {
    const percent = Math.round((100_000 * elapsedMs) / totalMs) / 1000;
    elapsedMs += durationMs;
    return `${percent}%{transform:translateY(-${index * height}px)}`;
  });
  return [
    'text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}',
    `text,path{fill:${COLOURS.text}}`,
    ...Object.entries(FILLS).map(([look, fill]) => `.${look}{fill:${fill}}`),
    '.bold{font-weight:700}',
    `.inverse{fill:${COLOURS.page}}`,
    `.strip{transform:translateY(-${still * height}px)}`,
    `@keyframes play{${steps.join('')}}`,
    `@media (prefers-reduced-motion:no-preference){.strip{animation:play ${totalMs / 1000}s step-end infinite}}`,
  ].join('\n');
}

/** Each line once, however many screens have it. */
class LineStore {
  readonly #ids = new Map<string, string>();

  place(pieces: readonly Piece[], y: number): string {
    const drawn = pieces.map(drawPiece).join('');
    if (drawn === '') {
      return '';
    }
    const id = this.#ids.get(drawn) ?? `l${this.#ids.size}`;
    this.#ids.set(drawn, id);
    return element('use', { href: `#${id}`, y });
  }

  definitions(): string {
    return [...this.#ids].map(([drawn, id]) => `<g id="${id}">${drawn}</g>`).join('\n');
  }
}

function drawPiece({ column, text: content, looks }: Piece): string {
  const look = looks.length === 0 ? {} : { class: looks.join(' ') };
  const ground = looks.includes('inverse')
    ? rectangle(
        {
          x: column * CELL.width,
          y: 0,
          width: [...content].length * CELL.width,
          height: CELL.height,
        },
        { fill: COLOURS.text },
      )
    : '';
  const shapes = [...content.matchAll(BLOCKS)].map(({ 0: run, index }) =>
    blockPath(run, column + index, CELL),
  );
  const bars = shapes.length === 0 ? '' : element('path', { ...look, d: shapes.join('') });
  // Words keep their columns, whatever the width of a reader's letters.
  const words = [...content.replace(BLOCKS, blank).matchAll(/\S+(?: \S+)*/g)].map(
    ({ 0: word, index }) =>
      text((column + index) * CELL.width, BASELINE, word, {
        ...look,
        textLength: word.length * CELL.width,
      }),
  );
  return ground + bars + words.join('');
}

function blank(run: string): string {
  return ' '.repeat(run.length);
}
