// SPDX-License-Identifier: Apache-2.0
// A Unix socket that listens, for another process to accept from: none but our own user, and root, can connect to it.
import { existsSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { SystemError } from '../errors.ts';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

const AF_UNIX = 1;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;
const BACKLOG = 16;

/** Of sun_path in struct sockaddr_un, with the zero at its end: see unix(7). */
const PATH_BYTES = 108;

const FOLDER_MODE = 0o700;
/** Leaves 0600. */
const SOCKET_UMASK = 0o177;

export class UnixListener {
  readonly fd: number;
  readonly path: string;
  /** Of the socket's file: somebody may have put another in its place. */
  readonly #inode: number;

  private constructor(path: string) {
    const { socket, bind, listen } = libc();
    const address = encodePath(path);
    this.path = path;
    this.fd = checkErrno('open socket', socket(AF_UNIX, SOCK_STREAM_NONBLOCK_CLOEXEC, 0));
    const umask = process.umask(SOCKET_UMASK);
    try {
      checkErrno('bind', bind(this.fd, address, address.length));
      checkErrno('listen', listen(this.fd, BACKLOG));
      this.#inode = lstatSync(path).ino;
    } catch (error) {
      libc().close(this.fd);
      throw error;
    } finally {
      process.umask(umask);
    }
  }

  /**
   * Makes the folder where that is missing, and replaces a socket that nobody listens on any more. Throws an Error with the
   * `code` of what refused: EADDRINUSE where somebody listens on it, or where it is no socket.
   */
  static async open(path: string): Promise<UnixListener> {
    makeFolder(dirname(path));
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat !== undefined) {
      if (!stat.isSocket() || (await isListenedOn(path))) {
        throw new SystemError('bind', 'EADDRINUSE');
      }
      unlinkSync(path);
    }
    return new UnixListener(path);
  }

  /** Also takes its file away, as far as it is still the same. */
  close(): void {
    libc().close(this.fd);
    try {
      if (lstatSync(this.path).ino === this.#inode) {
        unlinkSync(this.path);
      }
    } catch {
      // It is gone, or its folder is not ours any more: the next one to listen there replaces it.
    }
  }
}

/** The last one of a path alone: where /proc refuses, Node's recursive form never returns. */
function makeFolder(path: string): void {
  if (!existsSync(path)) {
    mkdirSync(path, { mode: FOLDER_MODE });
  }
}

/** Only a refusal says that nobody does: others mean a crowd in front of it, or somebody else's socket. */
async function isListenedOn(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT');
    });
  });
}

/** struct sockaddr_un. */
function encodePath(path: string): Buffer {
  const address = Buffer.alloc(2 + PATH_BYTES);
  address.writeUInt16LE(AF_UNIX);
  address.write(path, 2, PATH_BYTES - 1, 'utf8');
  return address;
}
