// SPDX-License-Identifier: Apache-2.0
// A logger that keeps what it is given.
import { createLogger, type Logger, type LogRecord } from '../../../../src/log.ts';

export interface LogLines {
  readonly log: Logger;
  readonly records: LogRecord[];
  /** Levels and messages, without those for debugging. */
  shown(): string[];
}

export function createLogLines(): LogLines {
  const records: LogRecord[] = [];
  return {
    log: createLogger((record) => records.push(record)),
    records,
    shown: () =>
      records
        .filter(({ level }) => level !== 'debug')
        .map(({ level, message }) => `${level} ${message}`),
  };
}
