// SPDX-License-Identifier: Apache-2.0
// A terminal that is made up.
import { EventEmitter } from 'node:events';
import type { TerminalStreams } from '../../../../src/cli/top/terminal.ts';

export const ENTER = '\u001b[?1049h';
export const LEAVE = '\u001b[?25h\u001b[?1049l';

/** Of 80 columns and 24 rows, without colours; what is written to it is kept. */
export function makeTerminal() {
  const written: string[] = [];
  const raw: boolean[] = [];
  const input = Object.assign(new EventEmitter(), {
    setRawMode(isRaw: boolean) {
      raw.push(isRaw);
      return input;
    },
    resume: () => input,
    pause: () => input,
  });
  const output = Object.assign(new EventEmitter(), {
    columns: 80,
    rows: 24,
    hasColors: () => false,
    write: (text: string) => written.push(text),
  });
  const streams = { input, output } as unknown as TerminalStreams;
  return { input, output, written, raw, streams, last: () => written.at(-1) ?? '' };
}
