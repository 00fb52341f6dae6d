// SPDX-License-Identifier: Apache-2.0
// One datagram to the service manager, as sd_notify(3) describes it: Node has no Unix datagram sockets.
import { ExporterError } from '../errors.ts';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
/** A manager that does not read must not hold up whoever reads the rings, nor end us with a signal. */
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;

/** sun_path of struct sockaddr_un, unix(7). */
const MAX_PATH_BYTES = 108;

/**
 * struct sockaddr_un for the value of NOTIFY_SOCKET: a path, or "@" and a name in the abstract namespace, which
 * has no terminator and ends where the address does.
 */
export function encodeNotifyAddress(socket: string): Buffer {
  const isAbstract = socket.startsWith('@');
  if (!isAbstract && !socket.startsWith('/')) {
    throw new ExporterError(`read NOTIFY_SOCKET "${socket}": neither a path nor "@" and a name`);
  }
  const path = Buffer.from(isAbstract ? `\0${socket.slice(1)}` : `${socket}\0`);
  if (path.length > MAX_PATH_BYTES) {
    throw new ExporterError(
      `read NOTIFY_SOCKET "${socket}": it takes ${path.length} bytes, an address holds ${MAX_PATH_BYTES}`,
    );
  }
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, path]);
}

/**
 * Sends `state`, lines such as "READY=1", and does not wait: throws where nobody listens (ECONNREFUSED, ENOENT),
 * where the sandbox forbids it, and with EAGAIN where the manager's queue is full.
 */
export function sendNotification(socket: string, state: string): void {
  const address = encodeNotifyAddress(socket);
  const { socket: open, sendto, close } = libc();
  const fd = checkErrno('open notification socket', open(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0));
  try {
    const message = Buffer.from(state);
    const flags = MSG_DONTWAIT_NOSIGNAL;
    checkErrno(
      `send to NOTIFY_SOCKET "${socket}"`,
      sendto(fd, message, message.length, flags, address, address.length),
    );
  } finally {
    close(fd);
  }
}
