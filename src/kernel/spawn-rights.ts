// SPDX-License-Identifier: Apache-2.0
// What a process that this thread starts may inherit: capabilities(7), PR_SET_NO_NEW_PRIVS(2const), descriptors.
import { readdirSync } from 'node:fs';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

/** _LINUX_CAPABILITY_VERSION_3: three sets of 64 bits, as two times effective, permitted and inheritable of 32. */
const CAPABILITY_VERSION = 0x20080522;
const DATA_BYTES = 24;
const INHERITABLE_OFFSETS = [8, 20] as const;

/**
 * Empties the ambient and the inheritable set of the calling thread, and forbids it and all that it starts to gain rights by
 * running a program. What the thread itself may do stays. It cannot be taken back.
 */
export function withholdRights(): void {
  const { prctl } = libc();
  checkErrno('set no_new_privs', prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  checkErrno(
    'clear ambient capabilities',
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
  );
  clearInheritable();
}

function clearInheritable(): void {
  const { capget, capset } = libc();
  const header = Buffer.alloc(8);
  header.writeUInt32LE(CAPABILITY_VERSION);
  const data = Buffer.alloc(DATA_BYTES);
  checkErrno('read capabilities', capget(header, data));
  // A filter of system calls may forbid the call that would change nothing.
  if (INHERITABLE_OFFSETS.some((offset) => data.readUInt32LE(offset) !== 0)) {
    for (const offset of INHERITABLE_OFFSETS) {
      data.writeUInt32LE(0, offset);
    }
    checkErrno('clear inheritable capabilities', capset(header, data));
  }
}

const F_SETFD = 2;
const FD_CLOEXEC = 1;
const FIRST_FD_BEYOND_STREAMS = 3;

/** Those that we have inherited ourselves would be handed on; what we open is not. */
export function withholdDescriptors(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    if (fd >= FIRST_FD_BEYOND_STREAMS) {
      // One that is closed by now is the folder's own.
      libc().fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
  }
}
