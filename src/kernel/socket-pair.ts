// SPDX-License-Identifier: Apache-2.0
// Two sockets that are connected to each other, for two other processes to inherit.
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;

export class SocketPair {
  readonly fds: readonly [number, number];

  constructor() {
    const ends = Buffer.alloc(8);
    checkErrno('open socket pair', libc().socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, ends));
    this.fds = [ends.readInt32LE(0), ends.readInt32LE(4)];
  }

  /** Our own copies: each end closes with the process that holds it from then on. */
  close(): void {
    for (const fd of this.fds) {
      libc().close(fd);
    }
  }
}
