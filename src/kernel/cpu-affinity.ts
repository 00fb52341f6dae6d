// SPDX-License-Identifier: Apache-2.0
// Pins the calling thread to one CPU; see sched_setaffinity(2).
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

/** EINVAL as `code` where the CPU is offline or not allowed to this process. */
export function pinThread(cpu: number): void {
  const mask = Buffer.alloc((Math.floor(cpu / 64) + 1) * 8);
  mask.writeUInt8(1 << (cpu % 8), Math.floor(cpu / 8));
  checkErrno(`pin thread to CPU ${cpu}`, libc().sched_setaffinity(0, mask.length, mask));
}
