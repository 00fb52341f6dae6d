// SPDX-License-Identifier: Apache-2.0
// The service manager's end of NOTIFY_SOCKET, for tests.
import { checkErrno } from '../../../src/ffi/errno.ts';
import { bindLibrary } from '../../../src/ffi/library.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

const libc = bindLibrary('c-of-the-receiver', 'libc.so.6', {
  socket: { params: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { params: ['i32', 'buffer', 'u32'], returns: 'i32' },
  recv: { params: ['i32', 'buffer', 'i64', 'i32'], returns: 'i64' },
  close: { params: ['i32'], returns: 'i32' },
});

/** @param path the bytes of sun_path: with the NUL that ends a path, or begins an abstract name */
export function listen(path: string) {
  const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(path)]);
  const fd = checkErrno('socket', libc.socket(AF_UNIX, SOCK_DGRAM, 0));
  checkErrno('bind', libc.bind(fd, address, address.length));
  return {
    /** The next datagram; undefined where there is none yet. */
    receive(): string | undefined {
      const message = Buffer.alloc(4096);
      const { value } = libc.recv(fd, message, message.length, MSG_DONTWAIT);
      return value < 0 ? undefined : message.toString('utf8', 0, value);
    },
    close: () => libc.close(fd),
  };
}
