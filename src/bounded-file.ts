// SPDX-License-Identifier: Apache-2.0
// Reads a file that somebody named: whole, never more than a bound, and without waiting for anybody.
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ExporterError, errorMessage } from './errors.ts';

interface BoundedFile {
  readonly bytes: Buffer;
  /** Another one means that the file is another, or was written to. */
  readonly stamp: string;
}

/** Throws an ExporterError that says in a few words why it cannot be read: "no such file". */
export function readBoundedFile(path: string, maxBytes: number): BoundedFile {
  let descriptor: number | undefined;
  try {
    // A FIFO would make a plain open wait for its writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor, { bigint: true });
    if (!stats.isFile()) {
      throw new ExporterError('not a regular file');
    }
    const size = Number(stats.size);
    if (size > maxBytes) {
      throw new ExporterError(`${size} bytes; at most ${maxBytes} are read`);
    }
    const bytes = Buffer.alloc(size);
    const length = readSync(descriptor, bytes, 0, size, 0);
    return { bytes: bytes.subarray(0, length), stamp: stampOf(stats) };
  } catch (cause) {
    throw new ExporterError(causeOf(cause), { cause });
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}

/** As `readBoundedFile` has it. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Why a file could not be read. */
export function causeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'no such file' : (code ?? errorMessage(error));
}
