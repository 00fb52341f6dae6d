// SPDX-License-Identifier: Apache-2.0
// Frames as they are, sent out of a device: on every kernel, and so many as are asked for.

import { SystemError } from '../../../src/errors.ts';
import { checkErrno } from '../../../src/ffi/errno.ts';
import { libc } from '../../../src/ffi/libc.ts';

/** packet(7), socket(7). */
const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOCKADDR_LL = { sizeBytes: 20, ifindex: 4 } as const;
/** The device has no room now. */
const AGAIN: readonly string[] = ['ENOBUFS', 'EAGAIN'];

export class PacketSocket {
  readonly #fd: number;

  /** @param ifindex of a device of the calling thread's network namespace */
  constructor(ifindex: number) {
    const { socket, bind, close } = libc();
    this.#fd = checkErrno('open socket', socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0));
    const address = Buffer.alloc(SOCKADDR_LL.sizeBytes);
    address.writeUInt16LE(AF_PACKET);
    address.writeInt32LE(ifindex, SOCKADDR_LL.ifindex);
    try {
      checkErrno('bind socket', bind(this.#fd, address, address.length));
    } catch (error) {
      close(this.#fd);
      throw error;
    }
  }

  /** One after the other; waits for room. */
  send(frame: Buffer, times: number): void {
    for (let sent = 0; sent < times; ) {
      sent += Number(this.#sendOne(frame));
    }
  }

  close(): void {
    libc().close(this.#fd);
  }

  #sendOne(frame: Buffer): boolean {
    try {
      checkErrno('send frame', libc().send(this.#fd, frame, frame.length, 0));
      return true;
    } catch (error) {
      if (error instanceof SystemError && AGAIN.includes(error.code)) {
        return false;
      }
      throw error;
    }
  }
}
