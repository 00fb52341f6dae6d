// SPDX-License-Identifier: Apache-2.0
// Says which capabilities the process lacks, before the kernel says no more than EPERM; see capabilities(7).
import { readFileSync } from 'node:fs';
import { ExporterError, RequirementError } from '../errors.ts';

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

export function requireCapabilities(netns: boolean): void {
  const effective = parseEffective(readFileSync('/proc/thread-self/status', 'utf8'));
  const missing = missingCapabilities(effective, netns);
  if (missing.length > 0) {
    throw new RequirementError(
      `start the exporter: missing ${missing.join(', ')}; run as root or grant them to the process`,
    );
  }
}
