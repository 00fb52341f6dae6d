// SPDX-License-Identifier: Apache-2.0
// A file that a person has written, read in one piece: bounded, of text, and never one that makes the reader wait.
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ConfigError, errorMessage } from './errors.ts';

export interface TextFile {
  readonly text: string;
  /** Another one means that the file is another, or was written to. */
  readonly stamp: string;
}

/** @param what it is, for the error: `read ${what} "${path}": cause` */
export function readTextFile(what: string, path: string, maxBytes: number): TextFile {
  let descriptor: number | undefined;
  try {
    // A FIFO would make a plain open wait for its writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor, { bigint: true });
    if (!stats.isFile()) {
      throw new ConfigError('not a regular file');
    }
    const size = Number(stats.size);
    if (size > maxBytes) {
      throw new ConfigError(`${size} bytes; at most ${maxBytes} are read`);
    }
    const bytes = Buffer.alloc(size);
    const length = readSync(descriptor, bytes, 0, size, 0);
    const text = bytes.subarray(0, length);
    if (!isUtf8(text)) {
      throw new ConfigError('not UTF-8');
    }
    return { text: text.toString('utf8'), stamp: stampOf(stats) };
  } catch (error) {
    throw new ConfigError(`read ${what} "${path}": ${causeOf(error)}`, { cause: error });
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}

/** As `TextFile.stamp`. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Why a file could not be read. */
export function causeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'no such file' : (code ?? errorMessage(error));
}
