// SPDX-License-Identifier: Apache-2.0
// Moves the calling thread into another network namespace; see setns(2).
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, errorMessage } from '../errors.ts';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';

const CLONE_NEWNET = 0x40000000;

/** Where ip-netns(8) keeps its names. */
const NETNS_FOLDER = '/run/netns';

/**
 * Enters a namespace by its name, or by a path that has a slash, such as /proc/PID/ns/net. There is no way
 * back: the engine and the generator live in one namespace for all their life.
 */
export function enterNetNamespace(nameOrPath: string): void {
  const path = nameOrPath.includes('/') ? nameOrPath : join(NETNS_FOLDER, nameOrPath);
  try {
    const fd = openSync(path, 'r');
    try {
      checkErrno('setns', libc().setns(fd, CLONE_NEWNET));
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw new ConfigError(
      `enter network namespace "${nameOrPath}": ${errorMessage(cause)}; "ip netns list" shows the names`,
      { cause },
    );
  }
}
