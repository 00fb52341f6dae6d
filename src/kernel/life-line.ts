// SPDX-License-Identifier: Apache-2.0
// A pipe whose closing kills the process that holds its other end. It closes with us, however we end.
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

const O_CLOEXEC = 0o2000000;
const O_ASYNC = 0o20000;
const F_SETFL = 4;
const F_SETOWN = 8;
const F_SETSIG = 10;
const SIGKILL = 9;

/**
 * The kernel signals the owner of the reading end when the writing end closes, fcntl(2), and judges whether it may by who
 * set the owner. So it reaches a process of another user without CAP_KILL, one that is stopped, and one whose event loop
 * is stuck; and it does so when we are killed.
 */
export class LifeLine {
  #reader: number | undefined;
  #writer: number | undefined;

  constructor() {
    const ends = Buffer.alloc(8);
    checkErrno('open life line', libc().pipe2(ends, O_CLOEXEC));
    this.#reader = ends.readInt32LE(0);
    this.#writer = ends.readInt32LE(4);
  }

  /** The end that the process is to inherit. */
  get fd(): number {
    if (this.#reader === undefined) {
      throw new TypeError('read life line: it is tied or cut');
    }
    return this.#reader;
  }

  /** Once, when the process has inherited its end: from now on `cut` kills it. */
  tie(pid: number): void {
    const { fcntl } = libc();
    const operation = `tie life line to process ${pid}`;
    checkErrno(operation, fcntl(this.fd, F_SETSIG, SIGKILL));
    checkErrno(operation, fcntl(this.fd, F_SETOWN, pid));
    checkErrno(operation, fcntl(this.fd, F_SETFL, O_ASYNC));
    this.#reader = close(this.#reader);
  }

  cut(): void {
    this.#reader = close(this.#reader);
    this.#writer = close(this.#writer);
  }
}

function close(fd: number | undefined): undefined {
  if (fd !== undefined) {
    libc().close(fd);
  }
}
