// SPDX-License-Identifier: Apache-2.0
// Errno numbers to symbols, and the one place where a failed C call becomes an Error.
import { getSystemErrorName } from 'node:util';
import { SystemError } from '../errors.ts';

/** ENOTSUPP is the kernel's own (include/linux/errno.h) and leaks through bpf(2); libc has no name for it. */
const ENOTSUPP = 524;

/** The symbol for a positive errno, such as "EBUSY" for 16. */
export function errnoName(errno: number): string {
  return errno === ENOTSUPP ? 'ENOTSUPP' : getSystemErrorName(-errno);
}

/** For calls that return -errno on failure, as libbpf's do. Gives the value back when it is not negative. */
export function checkResult(operation: string, value: number): number {
  if (value < 0) {
    throw new SystemError(operation, errnoName(-value));
  }
  return value;
}

/** For calls that return -1 and set errno, as libc's do. */
export function checkErrno(operation: string, outcome: { value: number; errno: number }): number {
  if (outcome.value < 0) {
    throw new SystemError(operation, errnoName(outcome.errno));
  }
  return outcome.value;
}

/** For calls that return NULL and set errno, as libbpf's constructors do. */
export function checkPointer(operation: string, outcome: { value: number; errno: number }): number {
  if (outcome.value === 0) {
    throw new SystemError(operation, errnoName(outcome.errno));
  }
  return outcome.value;
}
