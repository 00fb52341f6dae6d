// SPDX-License-Identifier: Apache-2.0
// What every command is given.
import type { LogRecord } from '../log.ts';
import type { CommandName } from '../options/commands.ts';
import type { CommandLine } from './command-line.ts';
import type { Progress } from './progress.ts';
import type { TerminalStreams } from './top/terminal.ts';

export interface CommandContext<Name extends CommandName>
  extends Omit<CommandLine<Name>, 'command'> {
  readonly version: string;
  /** Aborted by the signal that asks the process to end. */
  readonly signal: AbortSignal;
  /** What SIGHUP does from now on; before, it ends the process as SIGTERM does. */
  readonly onHangup: (take: () => void) => void;
  /** What takes long is said there. */
  readonly progress: Progress;
  /** For commands without log options of their own. */
  readonly log: (record: LogRecord) => void;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Standard error, for what is no record of the log. */
  readonly tell: (text: string) => void;
  /** Standard output; `done` is called when the text is out. */
  readonly write: (text: string, done?: () => void) => void;
  /** Standard input and output, where both are a terminal that a screen can be drawn on. */
  readonly terminal?: TerminalStreams;
}
