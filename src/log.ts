// SPDX-License-Identifier: Apache-2.0
// Structured log lines as logfmt or JSON. Values are quoted, so that no hostile name can forge a line.
import type { Writable } from 'node:stream';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['logfmt', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** The message of debug records that say how far something is: `doing`, and how many are `done` of how many. */
export const PROGRESS = 'progress';

export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** A log that hands each record to `sink`: standard error in the engine, a call of the engine in the wire. */
export function createLog(sink: (record: LogRecord) => void): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      sink({ level, message, fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A sink that writes lines of at least `level` through `write`, each with its newline. */
export function lineSink(
  level: LogLevel,
  format: LogFormat,
  write: (line: string) => void,
): (record: LogRecord) => void {
  const threshold = LOG_LEVELS.indexOf(level);
  const encode = format === 'json' ? quoteJson : logfmt;
  return (record) => {
    if (LOG_LEVELS.indexOf(record.level) < threshold) {
      return;
    }
    const time = new Date().toISOString();
    write(`${encode({ time, level: record.level, msg: record.message, ...record.fields })}\n`);
  };
}

/** What may wait in memory for the reader of a pipe. */
const MAX_WAITING_BYTES = 64 * 1024;

/**
 * A sink that writes lines to a stream, and drops them while a reader is too far behind: Node keeps all that a
 * pipe does not take. The next line that is written follows one that says how many are missing.
 */
export function streamSink(
  level: LogLevel,
  format: LogFormat,
  stream: Pick<Writable, 'write' | 'writableLength'>,
): (record: LogRecord) => void {
  let dropped = 0;
  const sink = lineSink(level, format, (line) => {
    if (stream.writableLength > MAX_WAITING_BYTES) {
      dropped++;
      return;
    }
    const lines = dropped;
    dropped = 0;
    if (lines > 0) {
      sink({ level: 'error', message: 'dropped log lines that nobody read', fields: { lines } });
    }
    stream.write(line);
  });
  return sink;
}

function logfmt(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${logfmtValue(String(value))}`)
    .join(' ');
}

/** Bare where that is unambiguous; else a JSON string, in which nothing is left that a terminal obeys. */
export function logfmtValue(value: string): string {
  return /^[\w.:/@%+*-]+$/.test(value) ? value : quoteJson(value);
}

/** JSON that is safe to show: what it leaves as it is, but nobody sees or a terminal obeys, is escaped as well. */
export function quoteJson(value: unknown): string {
  const text = JSON.stringify(value);
  return ASCII.test(text) ? text : text.replace(UNSEEN, escapeCharacter);
}

const ASCII = /^[\x20-\x7e]*$/;

/**
 * Controls, marks that reorder text (Unicode's bidi overrides) or are invisible, code points without a meaning,
 * and every space but " ": a reader may take one for the end of a line or of a value.
 */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}]|(?! )\p{Z}/gu;

/** As JSON escapes it: \u and four digits for each half of a surrogate pair. */
export function escapeCharacter(character: string): string {
  const units = character.split('');
  return units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}
