// SPDX-License-Identifier: Apache-2.0
// A log in memory.
import { createLog, type Log, type LogFields, type LogRecord } from '../../src/log.ts';

export class FakeLog {
  readonly records: LogRecord[] = [];
  readonly log: Log = createLog((record) => this.records.push(record));

  /** The messages of a level so far, in order. */
  at(level: LogRecord['level']): string[] {
    return this.records.filter((record) => record.level === level).map(({ message }) => message);
  }

  /** The fields of the lines of a level so far, in order. */
  fieldsAt(level: LogRecord['level']): LogFields[] {
    return this.records.filter((record) => record.level === level).map(({ fields }) => fields);
  }
}
