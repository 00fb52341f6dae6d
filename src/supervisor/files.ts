// SPDX-License-Identifier: Apache-2.0
// Reads the files that the wire may not read for itself: a key of root's is not readable to another user.

import type { FileContents } from '../border/calls.ts';
import { readBoundedFile } from '../bounded-file.ts';
import { errorMessage } from '../errors.ts';

/** A bundle of all public authorities has 250 KiB. */
const MAX_FILE_BYTES = 2 ** 20;

export interface FileReader {
  /** As they are now. */
  readonly read: () => FileContents;
  /** From now on they are as they are now: the next user of this process may not read them. */
  readonly keep: () => void;
}

export function createFileReader(paths: readonly string[]): FileReader {
  let kept: FileContents | undefined;
  const read = () => kept ?? readFiles(paths);
  return {
    read,
    keep() {
      kept = read();
    },
  };
}

function readFiles(paths: readonly string[]): FileContents {
  return Object.fromEntries(paths.map((path) => [path, readOne(path)]));
}

function readOne(path: string): Uint8Array | string {
  try {
    return readBoundedFile(path, MAX_FILE_BYTES).bytes;
  } catch (error) {
    return errorMessage(error);
  }
}
