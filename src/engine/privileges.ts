// SPDX-License-Identifier: Apache-2.0
// Whether the process can give up its capabilities once everything is attached, and what it is to become then.
import { readFileSync } from 'node:fs';
import { ConfigError, errorMessage, RequirementError } from '../errors.ts';
import type { UserIds } from '../kernel/drop-rights.ts';
import { type CapabilityName, hasCapability, ownRights, parseEffective } from './capabilities.ts';

/** The user that the process is to become. */
export interface DropUser extends UserIds {
  readonly name: string;
}

const NEEDED: readonly CapabilityName[] = ['CAP_SETUID', 'CAP_SETGID'];

/**
 * Before anything is attached. Throws a RequirementError where it cannot.
 * @param status text of /proc/thread-self/status
 */
export function requireDroppable(
  userId = process.geteuid?.() ?? 0,
  status = ownRights().status,
): void {
  if (userId !== 0) {
    throw new RequirementError(
      `drop privileges: the process runs as uid ${userId}, and only root can drop the capabilities of all threads by changing to another user; start it as root, or omit --drop-privileges`,
    );
  }
  const effective = parseEffective(status);
  const missing = NEEDED.filter((name) => !hasCapability(effective, name));
  if (missing.length > 0) {
    throw new RequirementError(
      `drop privileges: missing ${missing.join(', ')} (to become another user); grant it, or omit --drop-privileges`,
    );
  }
}

/** "nobody" of every distribution, and the overflow id of the kernel: it owns nothing. */
const NOBODY: DropUser = { name: 'nobody', uid: 65_534, gid: 65_534 };

const USERS_FILE = '/etc/passwd';

/**
 * A uid need not be listed; its group then has the same number. Throws a ConfigError where there is no such user, or where
 * it is root.
 * @param user a name or a uid
 * @param users gives the text of /etc/passwd
 */
export function findDropUser(user: string, users = readUsers): DropUser {
  if (user === NOBODY.name) {
    return NOBODY;
  }
  const isUid = /^\d+$/.test(user);
  const entry = users()
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name, , uid]) => (isUid ? Number(uid) === Number(user) : name === user));
  if (entry === undefined && !isUid) {
    throw new ConfigError(
      `drop privileges: no user "${user}" in ${USERS_FILE}; create it, or give a uid`,
    );
  }
  const [name = user, , uid = user, gid = user] = entry ?? [];
  if (Number(uid) === 0 || Number(gid) === 0) {
    throw new ConfigError(
      `drop privileges: user "${user}" is root or in its group; give another user`,
    );
  }
  return { name, uid: Number(uid), gid: Number(gid) };
}

function readUsers(): string {
  try {
    return readFileSync(USERS_FILE, 'utf8');
  } catch (cause) {
    throw new ConfigError(
      `drop privileges: read ${USERS_FILE}: ${errorMessage(cause)}; write true, which needs no file`,
      { cause },
    );
  }
}
