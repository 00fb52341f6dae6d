// SPDX-License-Identifier: Apache-2.0
// A machine on which everything works, and what a test takes away from it.
import type { Probes } from '../../../../src/engine/doctor/features.ts';
import type { HostFacts } from '../../../../src/engine/doctor/host.ts';

/** Bits in linux/capability.h. */
const BITS = {
  CAP_BPF: 39,
  CAP_PERFMON: 38,
  CAP_NET_ADMIN: 12,
  CAP_SYS_ADMIN: 21,
  CAP_SETUID: 7,
  CAP_SETGID: 6,
} as const;

export type Bit = keyof typeof BITS;

/** The text of /proc/PID/status. @param without capabilities that are not effective */
export function statusOf(without: readonly Bit[] = [], seccomp = 0): string {
  const bits = Object.entries(BITS).filter(([name]) => !without.includes(name as Bit));
  const set = bits.reduce((sum, [, bit]) => sum | (1n << BigInt(bit)), 0n);
  return `Name:\tnode\nCapEff:\t${set.toString(16).padStart(16, '0')}\nSeccomp:\t${seccomp}\n`;
}

export function factsOf(given: Partial<HostFacts> = {}): HostFacts {
  return {
    release: '6.12.1-amd64',
    version: '#1 SMP PREEMPT_DYNAMIC',
    hasKernelBtf: true,
    lockdown: '[none] integrity confidentiality\n',
    libbpf: '1.1',
    status: statusOf(),
    userNamespace: 'user:[4026531837]',
    isRoot: true,
    bpfErrno: 'EBADFD',
    ...given,
  };
}

const whole = () => ({ found: 'all of it', isWhole: true });

export function probesOf(given: Partial<Probes> = {}): Probes {
  return {
    rings: whole,
    program: whole,
    link: whole,
    frags: whole,
    batch: whole,
    observe: whole,
    tracepoints: whole,
    ...given,
  };
}
