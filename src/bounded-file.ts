// SPDX-License-Identifier: Apache-2.0
// Reads a file that somebody named: whole, never more than a bound, and without waiting for anybody.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ExporterError, errorMessage } from './errors.ts';

/** Throws an ExporterError that says in a few words why it cannot be read: "no such file". */
export function readBoundedFile(path: string, maxBytes: number): Buffer {
  let descriptor: number | undefined;
  try {
    // A FIFO would make a plain open wait for its writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) {
      throw new ExporterError('not a regular file');
    }
    if (stat.size > maxBytes) {
      throw new ExporterError(`${stat.size} bytes; at most ${maxBytes} are read`);
    }
    const bytes = Buffer.alloc(stat.size);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, stat.size, 0));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'no such file' : (code ?? errorMessage(cause));
    throw new ExporterError(reason, { cause });
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}
