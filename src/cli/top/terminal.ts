// SPDX-License-Identifier: Apache-2.0
// The terminal while a screen is shown on it: the alternate screen, keys as they are typed, and all of it undone.
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import {
  beginSynchronizedOutput,
  cursorHide,
  cursorShow,
  cursorTo,
  endSynchronizedOutput,
  enterAlternativeScreen,
  exitAlternativeScreen,
} from 'ansi-escapes';
import { nameKey } from './view.ts';

export interface TerminalStreams {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

export interface TerminalListeners {
  /** A key by the name that `nameKey` gives it. */
  readonly key: (name: string) => void;
  readonly resize: () => void;
}

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** As NO_COLOR, FORCE_COLOR, TERM and their like say. */
  readonly isColoured: boolean;
  /**
   * Writes those that differ from what was drawn there; all of them after a key or another size, which may be somebody's
   * wish to have the screen mended.
   * @param lines each as wide as the terminal, as many as it has
   */
  draw(lines: readonly string[]): void;
  /** Leaves the terminal as it was. May be called again. */
  close(): void;
}

/** Takes the terminal until it is closed, or the process exits. */
export function openTerminal(
  { input, output }: TerminalStreams,
  listeners: TerminalListeners,
): Terminal {
  let drawn: readonly string[] = [];
  const press = (text: string | undefined, key: { name?: string; ctrl?: boolean }) => {
    drawn = [];
    listeners.key(nameKey(text, key));
  };
  const resize = () => {
    drawn = [];
    listeners.resize();
  };
  let isOpen = true;
  const close = () => {
    if (isOpen) {
      isOpen = false;
      process.off('exit', close);
      output.off('resize', resize);
      input.off('keypress', press).setRawMode(false).pause();
      output.write(cursorShow + exitAlternativeScreen);
    }
  };
  // A second signal, and an error that nobody caught, end the process without coming by.
  process.on('exit', close);
  emitKeypressEvents(input);
  input.setRawMode(true).on('keypress', press).resume();
  output.on('resize', resize);
  output.write(enterAlternativeScreen + cursorHide);
  return {
    get columns() {
      return output.columns;
    },
    get rows() {
      return output.rows;
    },
    isColoured: output.hasColors(),
    draw(lines) {
      const placed = lines.flatMap((text, row) =>
        text === drawn[row] ? [] : [cursorTo(0, row) + text],
      );
      drawn = lines;
      output.write(beginSynchronizedOutput + placed.join('') + endSynchronizedOutput);
    },
    close,
  };
}
