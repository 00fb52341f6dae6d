// SPDX-License-Identifier: Apache-2.0
// What every command is given.
import type { RawValues } from '../config.ts';
import type { LogRecord } from '../log.ts';

export interface CommandContext {
  readonly values: RawValues;
  readonly version: string;
  /** Aborted by the signal that asks the process to end. */
  readonly signal: AbortSignal;
  /** For commands without log flags of their own. */
  readonly log: (record: LogRecord) => void;
  /** Standard output; `done` is called when the text is out. */
  readonly write: (text: string, done?: () => void) => void;
}
