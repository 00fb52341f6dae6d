// SPDX-License-Identifier: Apache-2.0
// A file of text that a person has written.
import { isUtf8 } from 'node:buffer';
import { readBoundedFile } from './bounded-file.ts';
import { ConfigError, errorMessage } from './errors.ts';

export interface TextFile {
  readonly text: string;
  /** As `readBoundedFile` has it. */
  readonly stamp: string;
}

/** @param what it is, for the error: `read ${what} "${path}": cause` */
export function readTextFile(what: string, path: string, maxBytes: number): TextFile {
  try {
    const { bytes, stamp } = readBoundedFile(path, maxBytes);
    if (!isUtf8(bytes)) {
      throw new ConfigError('not UTF-8');
    }
    return { text: bytes.toString('utf8'), stamp };
  } catch (error) {
    throw new ConfigError(`read ${what} "${path}": ${errorMessage(error)}`, { cause: error });
  }
}
