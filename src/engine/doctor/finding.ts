// SPDX-License-Identifier: Apache-2.0
// What doctor says of one thing, and the things that it looks at.
import { REASONS, type ReasonCode } from '../../reasons.ts';

/**
 * ok: as it should be. degraded: the exporter works, with less or at a price. missing: what was asked for does not
 * work. unknown: it cannot be seen or tried from here.
 */
export type State = 'ok' | 'degraded' | 'missing' | 'unknown';

export interface Finding {
  readonly check: CheckName | 'device';
  readonly state: State;
  /** What there is, in words. */
  readonly found: string;
  /** Absent where the state is ok; src/reasons.ts has the remedy. */
  readonly reason?: ReasonCode;
}

/** Each thing about this machine and this process, in the order of the table: what it is for. */
export const CHECKS = {
  kernel: 'Linux 5.15 or newer; 5.9 is the oldest that runs at all. PREEMPT_RT may lose counts.',
  btf: "The kernel's own types: observing, tracepoints and cheap frames of many buffers need them.",
  lockdown: 'In lockdown "confidentiality" no program may read the memory of the kernel.',
  libbpf: 'libbpf 1.x loads the programs.',
  user_namespace: 'In a user namespace capabilities do not count for BPF.',
  CAP_BPF: 'Creates maps and loads programs.',
  CAP_PERFMON: 'Lets programs compute with pointers, trace and observe.',
  CAP_NET_ADMIN: 'Loads XDP programs and attaches them.',
  CAP_SYS_ADMIN:
    "Opens another's program to observe it, where it is not pinned, and enters another network namespace.",
  CAP_SETUID: 'As root only: runs the process that talks to the network as another user.',
  CAP_SETGID: 'The same.',
  seccomp: 'A profile can refuse bpf(2) whatever the capabilities.',
  rings: 'Memory that programs and the exporter map: records of packets. Linux 5.5.',
  program: 'The program that counts, loaded and not attached.',
  link: 'Holds a program on a device until the exporter ends. Linux 5.9.',
  frags:
    'Frames of many buffers: MTUs above a page in native mode (Linux 5.18), at no price a packet (6.2).',
  batch: 'Reads the counters of all devices in one call. Linux 5.13.',
  observe: "Traces another's program at its entry and its end. Linux 5.17.",
  tracepoints: 'Exceptions, failed redirects and frames through maps. Linux 5.10.',
  devices: 'The network devices, listed by the kernel.',
} as const;

export type CheckName = keyof typeof CHECKS;

export function fine(check: CheckName, found: string): Finding {
  return { check, state: 'ok', found };
}

/** @param found in place of the general cause, where more is known */
export function lacking(
  check: CheckName,
  state: Exclude<State, 'ok'>,
  reason: ReasonCode,
  found: string = REASONS[reason].cause,
): Finding {
  return { check, state, reason, found: withoutRemedy(found, reason) };
}

/** What an error says may end with the remedy that stands beside it here. */
export function withoutRemedy(found: string, reason: ReasonCode): string {
  return found.replace(`; ${REASONS[reason].remedy}`, '');
}
