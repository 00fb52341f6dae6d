// SPDX-License-Identifier: Apache-2.0
// A logger that keeps what it is given.
import { createLog, type Log, type LogRecord } from '../../../../src/log.ts';

export interface LogLines {
  readonly log: Log;
  readonly records: LogRecord[];
  /** Levels and messages, without those for debugging. */
  shown(): string[];
}

export function createLogLines(): LogLines {
  const records: LogRecord[] = [];
  return {
    log: createLog((record) => records.push(record)),
    records,
    shown: () =>
      records
        .filter(({ level }) => level !== 'debug')
        .map(({ level, message }) => `${level} ${message}`),
  };
}
