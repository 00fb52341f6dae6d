// SPDX-License-Identifier: Apache-2.0
// Says which capabilities the process lacks, before the kernel says no more than EPERM; see capabilities(7).
import { readFileSync, readlinkSync } from 'node:fs';
import { ExporterError, RequirementError } from '../errors.ts';
import { explainReason } from '../reasons.ts';

/** Bits in linux/capability.h, and what for. The first three are needed in any case, the fourth for `netns`. */
export const CAPABILITIES = [
  { name: 'CAP_BPF', bit: 39n, purpose: 'create maps and load programs' },
  { name: 'CAP_PERFMON', bit: 38n, purpose: 'let programs read kernel memory' },
  { name: 'CAP_NET_ADMIN', bit: 12n, purpose: 'attach to devices' },
  { name: 'CAP_SYS_ADMIN', bit: 21n, purpose: 'enter a network namespace' },
  { name: 'CAP_SETUID', bit: 7n, purpose: 'become another user' },
  { name: 'CAP_SETGID', bit: 6n, purpose: 'become another user' },
] as const;

export type CapabilityName = (typeof CAPABILITIES)[number]['name'];

/** What was split from CAP_SYS_ADMIN in Linux 5.8, and is still in it. */
const OF_SYS_ADMIN: readonly CapabilityName[] = ['CAP_BPF', 'CAP_PERFMON'];

/** @param effective set of a process; see `parseEffective` */
export function hasCapability(effective: bigint, name: CapabilityName): boolean {
  const bit = CAPABILITIES.find((each) => each.name === name)?.bit ?? 0n;
  const isSet = ((effective >> bit) & 1n) === 1n;
  return isSet || (OF_SYS_ADMIN.includes(name) && hasCapability(effective, 'CAP_SYS_ADMIN'));
}

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
  return CAPABILITIES.slice(0, netns ? 4 : 3)
    .filter(({ name }) => !hasCapability(effective, name))
    .map(({ name, purpose }) => `${name} (to ${purpose})`);
}

/** The inode of the first user namespace, in every kernel: PROC_USER_INIT_INO of linux/proc_ns.h. */
export const INITIAL_USER_NAMESPACE = 'user:[4026531837]';

/** What the kernel says of a thread: the texts of its `status` and its `ns/user` in proc(5). */
export interface Rights {
  readonly status: string;
  readonly userNamespace: string;
}

/** Of the calling thread. */
export function ownRights(): Rights {
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
