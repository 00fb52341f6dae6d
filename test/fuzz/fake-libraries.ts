// SPDX-License-Identifier: Apache-2.0
// A kernel whose answers are bytes of an input: no system call is made.
import { libbpf } from '../../src/ffi/libbpf.ts';
import { libc } from '../../src/ffi/libc.ts';
import type { Script } from './script.ts';

const EAGAIN = 11;
const DONE = { value: 0, errno: 0 };

/** In this thread, from now on. Not by mocks of node:test, which keep each call. */
function replace<Library extends object>(library: Library, functions: Partial<Library>): void {
  Object.assign(library, functions);
}

/**
 * Netlink sockets whose datagrams come from the script: how long, and perhaps an errno. Sequences that are asked for are put
 * into messages that begin right, since no byte would be read of others.
 */
export function answerNetlink(script: Script): void {
  let sequence = 0;
  replace(libc(), {
    socket: () => ({ value: 800, errno: 0 }),
    setsockopt: () => DONE,
    bind: () => DONE,
    close: () => DONE,
    send: (_fd, message) => {
      sequence = message?.readUInt32LE(8) ?? 0;
      return { value: message?.length ?? 0, errno: 0 };
    },
    recv: (_fd, buffer) => {
      const kind = script.u8();
      if (script.isOver || kind === 0) {
        return { value: -1, errno: script.isOver ? EAGAIN : script.u8() };
      }
      const datagram = Buffer.from(script.take(4 * (kind & 0x3f)));
      if (datagram.length >= 16 && (kind & 0x80) === 0) {
        datagram.writeUInt32LE(sequence, 8);
      }
      buffer?.set(datagram);
      return { value: kind === 0x40 ? 1 << 20 : datagram.length, errno: 0 };
    },
  });
}

/** Programs of which the kernel says what the script says. */
export function answerProgramInfo(script: Script): void {
  replace(libbpf(), {
    bpf_obj_get_info_by_fd: (_fd, info) => {
      const status = script.u8();
      if (status === 1) {
        return { value: -script.u8(), errno: 0 };
      }
      info?.set(script.take(info.length));
      return DONE;
    },
  });
}
