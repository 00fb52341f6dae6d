// SPDX-License-Identifier: Apache-2.0
// Says which capabilities the process lacks, before the kernel says no more than EPERM; see capabilities(7).
import { readFileSync, readlinkSync } from 'node:fs';
import { ExporterError, RequirementError } from '../errors.ts';
import { explainReason } from '../reasons.ts';

/** Bits in linux/capability.h. CAP_SYS_ADMIN holds what CAP_BPF and CAP_PERFMON were split from (5.8). */
const SYS_ADMIN = 21n;
const NEEDED = [
  { name: 'CAP_BPF', bit: 39n, purpose: 'create maps and load programs' },
  { name: 'CAP_PERFMON', bit: 38n, purpose: 'let programs read kernel memory' },
  { name: 'CAP_NET_ADMIN', bit: 12n, purpose: 'attach to devices' },
] as const;

/** The effective set in the text of /proc/PID/status. */
export function parseEffective(status: string): bigint {
  const match = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status);
  if (match === null) {
    throw new ExporterError('read capabilities: no CapEff line in /proc/thread-self/status');
  }
  return BigInt(`0x${match[1]}`);
}

/** @param netns another namespace is to be entered, which takes CAP_SYS_ADMIN */
export function missingCapabilities(effective: bigint, netns: boolean): string[] {
  const has = (bit: bigint) => ((effective >> bit) & 1n) === 1n;
  const missing = NEEDED.filter(({ name, bit }) => {
    return !has(bit) && (name === 'CAP_NET_ADMIN' || !has(SYS_ADMIN));
  }).map(({ name, purpose }) => `${name} (to ${purpose})`);
  if (netns && !has(SYS_ADMIN)) {
    missing.push('CAP_SYS_ADMIN (to enter a network namespace)');
  }
  return missing;
}

/** The inode of the first user namespace, in every kernel: PROC_USER_INIT_INO of linux/proc_ns.h. */
const INITIAL_USER_NAMESPACE = 'user:[4026531837]';

/** What the kernel says of a thread: the texts of its `status` and its `ns/user` in proc(5). */
export interface Rights {
  readonly status: string;
  readonly userNamespace: string;
}

function ownRights(): Rights {
  return {
    status: readFileSync('/proc/thread-self/status', 'utf8'),
    userNamespace: readlinkSync('/proc/thread-self/ns/user'),
  };
}

/**
 * @param netns another network namespace is to be entered
 * @throws RequirementError with the capabilities that are missing, or that do not count
 */
export function requireCapabilities(netns: boolean, rights: Rights = ownRights()): void {
  // Here a process may hold every capability, and the kernel refuses all of its programs and maps.
  if (rights.userNamespace !== INITIAL_USER_NAMESPACE) {
    throw new RequirementError(`start the exporter: ${explainReason('user_namespace')}`);
  }
  const missing = missingCapabilities(parseEffective(rights.status), netns);
  if (missing.length > 0) {
    throw new RequirementError(
      `start the exporter: ${explainReason('capability', `missing ${missing.join(', ')}`)}`,
    );
  }
}
