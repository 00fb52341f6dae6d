// SPDX-License-Identifier: Apache-2.0
// Moves the calling thread into another network namespace, for good or for one piece of work; see setns(2).
import { closeSync, constants, fstatSync, openSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, ExporterError, errorMessage, SystemError } from '../errors.ts';
import { checkErrno, errnoName } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

const CLONE_NEWNET = 0x40000000;

/** linux/magic.h: the file system that all namespaces are files of. */
const NSFS_MAGIC = 0x6e736673;

/** linux/nsfs.h: gives the CLONE_* flag of a namespace. */
const NS_GET_NSTYPE = 0xb703;

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;
const COOKIE_SIZE_BYTES = 8;

/** Where ip-netns(8) keeps its names. */
const NETNS_FOLDER = '/run/netns';

/** thread-self, not self: a worker thread may be in another namespace than the main thread. */
const OWN_PATH = '/proc/thread-self/ns/net';

/** Where `withinNamespace` returns to. Each thread has its own copy of this module, and so its own home. */
let home: number | undefined;
let isAway = false;

/**
 * The thread could not return to its own network namespace, and whatever it did next would happen in the wrong one.
 * No caller may go on after it: the process must end.
 */
export class NamespaceLostError extends ExporterError {
  override readonly name = 'NamespaceLostError';
}

/** The file of a namespace that is given by its name, or by a path, which has a slash, such as /proc/PID/ns/net. */
export function netNamespacePath(nameOrPath: string): string {
  return nameOrPath.includes('/') ? nameOrPath : join(NETNS_FOLDER, nameOrPath);
}

/** Enters a namespace by its name or path, for good. Throws a ConfigError where it cannot be entered. */
export function enterNetNamespace(nameOrPath: string): void {
  const operation = `enter network namespace "${nameOrPath}"`;
  try {
    const target = openNamespace(operation, netNamespacePath(nameOrPath));
    try {
      moveTo(operation, target);
    } finally {
      closeSync(target);
    }
  } catch (cause) {
    throw new ConfigError(`${errorMessage(cause)}; "ip netns list" lists the existing ones`, {
      cause,
    });
  }
  if (home !== undefined) {
    closeSync(home);
    home = undefined;
  }
}

/**
 * Does `work` in the namespace of that file and returns, whether `work` succeeds or throws. `work` must be
 * synchronous, must not start a thread or a process, and must not call this function for another namespace. Only the
 * calling thread moves, and nothing keeps the namespace alive afterwards but what `work` leaves open. Where it is the
 * namespace that the thread is in, nothing moves and no right is needed; else CAP_SYS_ADMIN is.
 *
 * Throws a SystemError where the file is not there (ENOENT) or may not be entered (EPERM), an ExporterError where it
 * is no network namespace, and a NamespaceLostError, fatal, where there is no way back.
 */
export function withinNamespace<Result>(path: string, work: () => Result): Result {
  const operation = `enter network namespace "${path}"`;
  if (isAway) {
    throw new ExporterError(`${operation}: the thread is within another`);
  }
  home ??= openNamespace(operation, OWN_PATH);
  const target = openNamespace(operation, path);
  try {
    if (isSameFile(target, home)) {
      return work();
    }
    moveTo(operation, target);
  } finally {
    closeSync(target);
  }
  isAway = true;
  try {
    return work();
  } finally {
    returnHome(path, home);
  }
}

/**
 * Tells the network namespace of the calling thread from every other since the machine was started: device and inode
 * of its file, and its cookie. The kernel gives the inode of a namespace that is gone to the next one that is made,
 * so that the inode alone would not do; cookies are never given twice (Linux 5.14; before, they are left out).
 */
export function readNetNamespaceIdentity(): string {
  const { dev, ino } = statSync(OWN_PATH);
  return `${dev}:${ino}${readCookie()}`;
}

/** Inode of the file of the calling thread's network namespace: what the kernel's programs see of it. */
export function readNetNamespaceInode(): number {
  return statSync(OWN_PATH).ino;
}

function readCookie(): string {
  const { socket, getsockopt, close } = libc();
  const fd = checkErrno('open socket', socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0));
  try {
    const cookie = Buffer.alloc(COOKIE_SIZE_BYTES);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(cookie.length);
    const { value } = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, length);
    return value < 0 ? '' : `:${cookie.readBigUInt64LE()}`;
  } finally {
    close(fd);
  }
}

/** Before a file is opened it is known to be a namespace: opening a pipe or a device may wait, or do something. */
function openNamespace(operation: string, path: string): number {
  try {
    if (statfsSync(path).type === NSFS_MAGIC) {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      if (libc().ioctl(fd, NS_GET_NSTYPE, null).value === CLONE_NEWNET) {
        return fd;
      }
      closeSync(fd);
    }
  } catch (error) {
    refuse(operation, (error as NodeJS.ErrnoException).code ?? errorMessage(error));
  }
  throw new ExporterError(`${operation}: "${path}" exists, but is not a network namespace`);
}

function isSameFile(one: number, other: number): boolean {
  const a = fstatSync(one);
  const b = fstatSync(other);
  return a.dev === b.dev && a.ino === b.ino;
}

function moveTo(operation: string, fd: number): void {
  const { value, errno } = libc().setns(fd, CLONE_NEWNET);
  if (value < 0) {
    refuse(operation, errnoName(errno));
  }
}

function refuse(operation: string, code: string): never {
  throw new SystemError(operation, code, code === 'EPERM' ? 'this needs CAP_SYS_ADMIN' : undefined);
}

function returnHome(path: string, fd: number): void {
  const { value, errno } = libc().setns(fd, CLONE_NEWNET);
  if (value < 0) {
    throw new NamespaceLostError(
      `return from network namespace "${path}": ${errnoName(errno)}; the process cannot continue`,
    );
  }
  isAway = false;
}
