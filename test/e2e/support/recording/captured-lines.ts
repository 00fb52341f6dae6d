// SPDX-License-Identifier: Apache-2.0
// A screen as tmux captures it, escape codes included, as lines of pieces that each have one look.

export type Look = 'bold' | 'dim' | 'inverse' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Piece {
  /** The first cell on its line. */
  readonly column: number;
  readonly text: string;
  readonly looks: readonly Look[];
}

type CapturedLine = readonly Piece[];

const COLOURS: Readonly<Record<number, Look>> = {
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
};
const WEIGHTS: Readonly<Record<number, Look>> = { 1: 'bold', 2: 'dim', 7: 'inverse' };
const NO_COLOUR = 39;
const NO_BACKGROUND = 49;

/** A capture carries the look of a line's end on to the next line. Codes that `top` does not write are an error. */
export function readCapture(capture: string): CapturedLine[] {
  let looks: readonly Look[] = [];
  return capture.split('\n').map((text) => {
    const pieces: Piece[] = [];
    let column = 0;
    // Text and what stands between ESC [ and m take turns.
    for (const [index, part] of text.split(/\p{Cc}\[([\d;]*)m/u).entries()) {
      if (index % 2 === 1) {
        looks = part.split(';').reduce(applyCode, looks);
      } else if (part !== '') {
        pieces.push({ column, text: part, looks });
        column += [...part].length;
      }
    }
    return pieces;
  });
}

function applyCode(looks: readonly Look[], code: string): readonly Look[] {
  const number = Number(code);
  if (number === 0) {
    return [];
  }
  const colour = COLOURS[number];
  if (colour !== undefined || number === NO_COLOUR) {
    const others = looks.filter((look) => !Object.values(COLOURS).includes(look));
    return colour === undefined ? others : [...others, colour];
  }
  const weight = WEIGHTS[number];
  if (weight === undefined && number !== NO_BACKGROUND) {
    throw new Error(`read a captured screen: no look for the code "${code}"`);
  }
  return weight === undefined ? looks : [...looks, weight];
}
