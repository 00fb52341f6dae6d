// SPDX-License-Identifier: Apache-2.0
// How far the wire can be kept from what this process may do, and how far a running one is.
import { readFileSync } from 'node:fs';
import type { Isolation } from '../catalogue/process-families.ts';

/** "nobody" of every distribution, and the overflow id of the kernel: it owns nothing. */
export const WIRE_USER = 65_534;

/** Bits in linux/capability.h. */
const CAP_SETGID = 6n;
const CAP_SETUID = 7n;

export interface IsolationPlan {
  readonly isolation: Isolation;
  /** Why there is none. */
  readonly reason?: string;
}

/** @param status text of /proc/thread-self/status */
export function planIsolation(
  status = readFileSync('/proc/thread-self/status', 'utf8'),
  userId = process.geteuid?.() ?? 0,
): IsolationPlan {
  if (userId !== 0) {
    return { isolation: 'ambient' };
  }
  const effective = capabilitySet(status, 'CapEff');
  const may = (bit: bigint) => ((effective >> bit) & 1n) === 1n;
  return may(CAP_SETUID) && may(CAP_SETGID)
    ? { isolation: 'user' }
    : { isolation: 'none', reason: 'root lacks CAP_SETUID or CAP_SETGID' };
}

/** The names of the sets that a process should not have and has; undefined where /proc does not show it. */
export function heldSets(pid: number): readonly string[] | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return (['CapInh', 'CapPrm', 'CapEff', 'CapAmb'] as const).filter(
      (name) => capabilitySet(status, name) !== 0n,
    );
  } catch {
    return undefined;
  }
}

function capabilitySet(status: string, name: string): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]{1,16})$`, 'm').exec(status)?.[1] ?? '0'}`);
}
