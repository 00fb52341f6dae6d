// SPDX-License-Identifier: Apache-2.0
// `top` on a terminal: draws the screen at each snapshot, key and change of size, until the snapshots end.
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { compareSnapshots } from './compare.ts';
import { chooseGlyphs } from './glyphs.ts';
import { History, keyOf } from './history.ts';
import { paint } from './line.ts';
import { drawScreen, orderDevices, type Shown } from './screen.ts';
import { openTerminal, type TerminalStreams } from './terminal.ts';
import { FIRST_VIEW, pressKey } from './view.ts';

/** @param quit ends the snapshots: somebody pressed the key */
export async function showLive(
  snapshots: AsyncIterable<Snapshot>,
  streams: TerminalStreams,
  quit: () => void,
): Promise<void> {
  const history = new History();
  const glyphs = chooseGlyphs(process.env);
  let view = FIRST_VIEW;
  let shown: Shown | undefined;

  const terminal = openTerminal(streams, {
    key(name) {
      const devices = shown === undefined ? [] : orderDevices(shown.comparison, view).map(keyOf);
      const next = pressKey(view, name, devices);
      if (next === undefined) {
        quit();
      } else {
        view = next;
        draw();
      }
    },
    resize: () => draw(),
  });

  function draw(): void {
    const lines = drawScreen(shown, { view, glyphs }, terminal);
    terminal.draw(lines.map((line) => paint(line, terminal.isColoured)));
  }

  try {
    draw();
    let before: Snapshot | undefined;
    for await (const after of snapshots) {
      const comparison = compareSnapshots(before ?? after, after);
      if (before !== undefined) {
        history.add(comparison, after.monotonicMs);
      }
      before = after;
      if (!view.isPaused || shown === undefined) {
        shown = { comparison, minutes: history.minutes() };
        draw();
      }
    }
  } finally {
    terminal.close();
  }
}
