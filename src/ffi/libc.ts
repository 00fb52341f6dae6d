// SPDX-License-Identifier: Apache-2.0
// The few libc functions that Node does not offer. Signatures as in the man pages, section 2 and 3.
import { bindLibrary, type Functions } from './library.ts';

const SIGNATURES = {
  memcpy: { params: ['buffer', 'i64', 'i64'], returns: 'void' },
  memmove: { params: ['buffer', 'buffer', 'i64'], returns: 'i64' },
  mmap: { params: ['i64', 'i64', 'i32', 'i32', 'i32', 'i64'], returns: 'i64' },
  munmap: { params: ['i64', 'i64'], returns: 'i32' },
  strlen: { params: ['i64'], returns: 'i64' },
  getpagesize: { params: [], returns: 'i32' },
  malloc_trim: { params: ['i64'], returns: 'i32' },
  close: { params: ['i32'], returns: 'i32' },
  flock: { params: ['i32', 'i32'], returns: 'i32' },
  setns: { params: ['i32', 'i32'], returns: 'i32' },
  sched_setaffinity: { params: ['i32', 'i64', 'buffer'], returns: 'i32' },
  socket: { params: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { params: ['i32', 'buffer', 'u32'], returns: 'i32' },
  getsockopt: { params: ['i32', 'i32', 'i32', 'buffer', 'buffer'], returns: 'i32' },
  setsockopt: { params: ['i32', 'i32', 'i32', 'buffer', 'u32'], returns: 'i32' },
  send: { params: ['i32', 'buffer', 'i64', 'i32'], returns: 'i64' },
  sendto: { params: ['i32', 'buffer', 'i64', 'i32', 'buffer', 'u32'], returns: 'i64' },
  recv: { params: ['i32', 'buffer', 'i64', 'i32'], returns: 'i64' },
  listen: { params: ['i32', 'i32'], returns: 'i32' },
  getsockname: { params: ['i32', 'buffer', 'buffer'], returns: 'i32' },
  socketpair: { params: ['i32', 'i32', 'i32', 'buffer'], returns: 'i32' },
  pipe2: { params: ['buffer', 'i32'], returns: 'i32' },
  fcntl: { params: ['i32', 'i32', 'i64'], returns: 'i32' },
  prctl: { params: ['i32', 'i64', 'i64', 'i64', 'i64'], returns: 'i32' },
  capget: { params: ['buffer', 'buffer'], returns: 'i32' },
  capset: { params: ['buffer', 'buffer'], returns: 'i32' },
  /** Of seccomp(2) alone. */
  syscall: { params: ['i64', 'i64', 'i64', 'buffer'], returns: 'i64' },
  ioctl: { params: ['i32', 'i64', 'buffer'], returns: 'i32' },
} as const;

let bound: Functions<typeof SIGNATURES> | undefined;

export function libc(): Functions<typeof SIGNATURES> {
  bound ??= bindLibrary('c', 'libc.so.6', SIGNATURES);
  return bound;
}
