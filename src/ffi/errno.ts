// SPDX-License-Identifier: Apache-2.0
// Errno numbers to symbols, and the one place where a failed C call becomes an Error.
import { getSystemErrorName } from 'node:util';
import { SystemError } from '../errors.ts';

/**
 * Where Node's names are not the kernel's: it has none for 56 and 77, calls 95 ENOTSUP, and 524 is the kernel's own
 * (include/linux/errno.h), which leaks through bpf(2) and has no name in libc. 0 is a NULL that says no more.
 */
const KERNEL_NAMES: Readonly<Record<number, string>> = {
  0: 'no errno',
  56: 'EBADRQC',
  77: 'EBADFD',
  95: 'EOPNOTSUPP',
  524: 'ENOTSUPP',
};

/** libbpf's own numbers (enum libbpf_errno in libbpf.h), which it mixes with errno's. */
const LIBBPF_ERRNO_START = 4000;
const LIBBPF_ERRNO_NAMES = [
  'LIBELF',
  'FORMAT',
  'KVERSION',
  'ENDIAN',
  'INTERNAL',
  'RELOC',
  'LOAD',
  'VERIFY',
  'PROG2BIG',
  'KVER',
  'PROGTYPE',
  'WRNGPID',
  'INVSEQ',
  'NLPARSE',
];

/** The symbol for a positive errno, such as "EBUSY" for 16. */
export function errnoName(errno: number): string {
  const libbpfName = LIBBPF_ERRNO_NAMES[errno - LIBBPF_ERRNO_START];
  if (libbpfName !== undefined) {
    return `LIBBPF_ERRNO__${libbpfName}`;
  }
  return KERNEL_NAMES[errno] ?? getSystemErrorName(-errno);
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
