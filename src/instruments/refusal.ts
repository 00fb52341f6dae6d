// SPDX-License-Identifier: Apache-2.0
// From what the kernel answers to the reason that is told: by errno, and by what was asked of it.
import { SystemError } from '../errors.ts';
import type { DownReason } from '../snapshot/device.ts';
import type { TracepointReason } from '../snapshot/tracepoints.ts';

type ByErrno<Reason> = Readonly<Record<string, Reason>>;

/** To put a program of ours on a device. */
export const ATTACH_REASONS: ByErrno<DownReason> = {
  EBUSY: 'occupied',
  EEXIST: 'occupied',
  ENODEV: 'absent',
  EINVAL: 'setup',
  ERANGE: 'mtu',
  ENOMEM: 'resources',
  EPERM: 'permission',
};

/** To observe another's. */
export const OBSERVE_REASONS: ByErrno<DownReason> = {
  EPERM: 'permission',
  EBUSY: 'permission',
  ENOENT: 'no_program',
  EINVAL: 'unsupported',
  EOPNOTSUPP: 'unsupported',
  ENOTSUPP: 'unsupported',
  ESRCH: 'unsupported',
};

/** To listen to a tracepoint. */
export const TRACEPOINT_REASONS_BY_ERRNO: ByErrno<TracepointReason> = {
  ESRCH: 'no_tracepoint',
  EPERM: 'permission',
  EACCES: 'permission',
};

/** The errno's symbol, of a SystemError or of the one that is the cause. */
export function codeOf(error: unknown): string | undefined {
  const cause = error instanceof SystemError || !(error instanceof Error) ? error : error.cause;
  return cause instanceof SystemError ? cause.code : undefined;
}

export function reasonOf<Reason>(error: unknown, reasons: ByErrno<Reason>): Reason | 'refused' {
  return reasons[codeOf(error) ?? ''] ?? 'refused';
}
