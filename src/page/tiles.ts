// SPDX-License-Identifier: Apache-2.0
// The few numbers at the top.
import { setText } from './fill.ts';
import { totalOf } from './flow.ts';
import { formatRate, formatShare } from './format.ts';
import type { Look } from './look.ts';
import { lostRate } from './rows.ts';

/** What no program lets through: it dropped them, failed, or said what the kernel does not know. */
const NOT_LET_THROUGH = ['drop', 'aborted', 'invalid'];

export function fillTiles(list: HTMLElement, look: Look): void {
  const { packetRate, bitRate } = totalOf(look.actions);
  const dropped = look.actions
    .filter(({ key }) => NOT_LET_THROUGH.includes(key))
    .reduce((sum, { share }) => sum + share, 0);
  const tiles = [
    ['packets/s', formatRate(packetRate)],
    ['bits/s', formatRate(bitRate)],
    ['bytes per packet', packetRate === 0 ? '–' : formatRate(bitRate / 8 / packetRate)],
    ['dropped by XDP', formatShare(dropped)],
    // Without a logger there is nothing to lose.
    ['records lost/s', look.outcomes.length === 0 ? '–' : formatRate(lostRate(look))],
  ] as const;
  if (list.children.length === 0) {
    list.append(...tiles.map(createTile));
  }
  for (const [index, [, value]] of tiles.entries()) {
    setText(list.children[index]?.lastElementChild as Element, value);
  }
}

function createTile([name]: readonly [string, string]): HTMLElement {
  const tile = document.createElement('div');
  const term = document.createElement('dt');
  term.textContent = name;
  tile.append(term, document.createElement('dd'));
  return tile;
}
