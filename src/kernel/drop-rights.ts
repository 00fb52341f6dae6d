// SPDX-License-Identifier: Apache-2.0
// Gives up every capability in every thread for good: credentials(7), capabilities(7), seccomp(2).
import { readdirSync, readFileSync } from 'node:fs';
import { ExporterError, errorMessage } from '../errors.ts';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';
import { addressOf, allocate } from '../ffi/memory.ts';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

const PR_SET_DUMPABLE = 4;
const PR_SET_NO_NEW_PRIVS = 38;

/** Of seccomp(2), which has no function in glibc. */
const SECCOMP_CALLS: Readonly<Record<string, number>> = { x64: 317, arm64: 277 };
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;

/** struct sock_filter in linux/filter.h: BPF_RET | BPF_K with SECCOMP_RET_ALLOW. */
const ALLOW_ALL = { code: 0x06, k: 0x7fff_0000, sizeBytes: 8 } as const;
/** struct sock_fprog: a length, and a pointer. */
const FILTER = { sizeBytes: 16, pointer: 8 } as const;

/** What a thread without rights has none of. */
const EMPTY_SETS = ['CapPrm', 'CapEff', 'CapAmb'] as const;

/**
 * Becomes another user, of no groups, in every thread of the process. Root alone can: when it becomes another user, the
 * kernel clears the capabilities, and glibc makes the change in all threads. Throws an ExporterError where any thread keeps
 * anything; what has been given up by then is not taken back.
 */
export function dropRights(user: UserIds): void {
  try {
    // Where a service manager or a runtime has set it before, a filter of theirs may forbid the call that would.
    if (threadStatuses().some(([, status]) => fieldOf(status, 'NoNewPrivs') !== '1')) {
      forbidGainsInAllThreads();
    }
    process.setgroups?.([]);
    process.setgid?.(user.gid);
    process.setuid?.(user.uid);
    // No process of that user may look into this one, whatever fs.suid_dumpable says.
    checkErrno('forbid tracing', libc().prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  } catch (cause) {
    throw new ExporterError(`drop privileges: ${errorMessage(cause)}`, { cause });
  }
  for (const [thread, status] of threadStatuses()) {
    const kept = keptRight(status, user);
    if (kept !== undefined) {
      throw new ExporterError(`drop privileges: thread ${thread} still has ${kept}`);
    }
  }
}

/**
 * What a thread has that one without rights has not; undefined where there is nothing.
 * @param status text of /proc/PID/task/TID/status
 */
export function keptRight(status: string, { uid, gid }: UserIds): string | undefined {
  const expected: readonly (readonly [string, string])[] = [
    ...EMPTY_SETS.map((name) => [name, '0'.repeat(16)] as const),
    ['Uid', Array(4).fill(uid).join('\t')],
    ['Gid', Array(4).fill(gid).join('\t')],
    ['Groups', ''],
    ['NoNewPrivs', '1'],
  ];
  const [name] = expected.find(([each, value]) => fieldOf(status, each) !== value) ?? [];
  return name && `${name} ${fieldOf(status, name) ?? 'unknown'}`;
}

function fieldOf(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim();
}

/**
 * no_new_privs belongs to a thread. A filter of system calls, which lets each of them pass, is what the kernel hands to
 * all threads at once, and that with it.
 */
function forbidGainsInAllThreads(): void {
  const { prctl, syscall } = libc();
  checkErrno('set no_new_privs', prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  const call = SECCOMP_CALLS[process.arch];
  if (call === undefined) {
    throw new ExporterError(`no system call seccomp is known for "${process.arch}"`);
  }
  const instruction = allocate(ALLOW_ALL.sizeBytes);
  instruction.writeUInt16LE(ALLOW_ALL.code, 0);
  instruction.writeUInt32LE(ALLOW_ALL.k, 4);
  const filter = allocate(FILTER.sizeBytes);
  filter.writeUInt16LE(1, 0);
  filter.writeBigUInt64LE(BigInt(addressOf(instruction)), FILTER.pointer);
  const outcome = syscall(call, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, filter);
  const refusing = checkErrno('set no_new_privs in all threads', outcome);
  if (refusing !== 0) {
    throw new ExporterError(`set no_new_privs in all threads: thread ${refusing} has a filter`);
  }
}

/** By thread. One that has ended meanwhile has nothing. */
function threadStatuses(): readonly (readonly [string, string])[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return [[thread, readFileSync(`/proc/self/task/${thread}/status`, 'utf8')] as const];
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        return [];
      }
      throw error;
    }
  });
}
