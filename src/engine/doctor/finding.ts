// SPDX-License-Identifier: Apache-2.0
// What doctor says of one thing, and the things that it looks at.
import { REASONS, type ReasonCode, withoutRemedy } from '../../reasons.ts';

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
  btf: "The kernel's type information, needed for observing, tracepoints and cheap multi-buffer frames.",
  lockdown: 'In lockdown mode "confidentiality" no BPF program may read kernel memory.',
  libbpf: 'libbpf 1.x, which loads the programs.',
  user_namespace: 'Capabilities of a user namespace do not count for BPF.',
  CAP_BPF: 'Needed to create maps and load programs.',
  CAP_PERFMON: 'Needed for programs that use pointer arithmetic, trace or observe.',
  CAP_NET_ADMIN: 'Needed to load XDP programs and attach them.',
  CAP_SYS_ADMIN:
    'Needed to observe a program that is not pinned, and to enter another network namespace.',
  CAP_SETUID: 'Needed as root only, to run the process that serves the network as another user.',
  CAP_SETGID: 'As CAP_SETUID.',
  seccomp: 'A seccomp profile can refuse bpf(2) regardless of capabilities.',
  rings: 'Shared memory for packet records. Linux 5.5.',
  program: 'The counting program, loaded but not attached.',
  link: 'A bpf_link, which keeps the program attached until the exporter ends. Linux 5.9.',
  frags:
    'Multi-buffer frames: MTUs above a page in native mode (Linux 5.18), without extra cost per packet (6.2).',
  batch: 'Reads the counters of all devices in one call. Linux 5.13.',
  observe: 'Tracing of an existing XDP program at its entry and exit. Linux 5.17.',
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
