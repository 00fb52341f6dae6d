// SPDX-License-Identifier: Apache-2.0
// The machine and the rights of this process, as they can be read without trying anything.
import { accessSync, constants, readFileSync } from 'node:fs';
import os from 'node:os';
import { errorMessage } from '../../errors.ts';
import { askBpf, readLibbpfVersion } from '../../kernel/bpf-support.ts';
import {
  CAPABILITIES,
  type CapabilityName,
  hasCapability,
  INITIAL_USER_NAMESPACE,
  ownRights,
  parseEffective,
} from '../capabilities.ts';
import { CHECKS, type Finding, fine, lacking } from './finding.ts';

export interface HostFacts {
  /** As "uname -r" and "uname -v" print them. */
  readonly release: string;
  readonly version: string;
  readonly hasKernelBtf: boolean;
  /** The text of /sys/kernel/security/lockdown; undefined where it cannot be read. */
  readonly lockdown: string | undefined;
  /** Such as "1.1"; an error where libbpf cannot be loaded. */
  readonly libbpf: string | Error;
  /** See `Rights` in src/engine/capabilities.ts. */
  readonly status: string;
  readonly userNamespace: string;
  readonly isRoot: boolean;
  /** The errno of a call of bpf(2) that needs no right and cannot succeed; undefined where libbpf cannot be loaded. */
  readonly bpfErrno: string | undefined;
}

export function readHostFacts(): HostFacts {
  const libbpf = attempt(readLibbpfVersion);
  return {
    release: os.release(),
    version: os.version(),
    hasKernelBtf: canRead('/sys/kernel/btf/vmlinux'),
    lockdown: readText('/sys/kernel/security/lockdown'),
    libbpf,
    ...ownRights(),
    isRoot: process.geteuid?.() === 0,
    bpfErrno: libbpf instanceof Error ? undefined : askBpf(),
  };
}

/** A line for each, ok or not. */
export function examineHost(facts: HostFacts): readonly Finding[] {
  const effective = parseEffective(facts.status);
  return [
    examineKernel(facts),
    facts.hasKernelBtf
      ? fine('btf', '/sys/kernel/btf/vmlinux')
      : lacking('btf', 'degraded', 'kernel_btf'),
    examineLockdown(facts.lockdown),
    facts.libbpf instanceof Error
      ? lacking('libbpf', 'missing', 'libbpf', errorMessage(facts.libbpf))
      : fine('libbpf', facts.libbpf),
    facts.userNamespace === INITIAL_USER_NAMESPACE
      ? fine('user_namespace', 'the initial one')
      : lacking('user_namespace', 'missing', 'user_namespace'),
    ...CAPABILITIES.map(({ name }) => examineCapability(name, effective, facts.isRoot)),
    examineSeccomp(facts, hasCapability(effective, 'CAP_BPF')),
  ];
}

function examineKernel({ release, version }: HostFacts): Finding {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  const number = major * 1000 + minor;
  if (number < 5_015) {
    return lacking('kernel', number < 5_009 ? 'missing' : 'degraded', 'old_kernel', release);
  }
  return version.includes('PREEMPT_RT')
    ? lacking('kernel', 'degraded', 'realtime', `${release} PREEMPT_RT`)
    : fine('kernel', release);
}

function examineLockdown(text: string | undefined): Finding {
  const chosen = /\[(\w+)\]/.exec(text ?? '')?.[1];
  if (chosen === undefined) {
    return lacking('lockdown', 'unknown', 'hidden', 'there is no /sys/kernel/security/lockdown');
  }
  return chosen === 'confidentiality'
    ? lacking('lockdown', 'degraded', 'lockdown', chosen)
    : fine('lockdown', chosen);
}

/** What the exporter cannot start without, and what it can. */
const REQUIRED: readonly CapabilityName[] = ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'];
const OF_ROOT: readonly CapabilityName[] = ['CAP_SETUID', 'CAP_SETGID'];

function examineCapability(name: CapabilityName, effective: bigint, isRoot: boolean): Finding {
  if (hasCapability(effective, name)) {
    return fine(name, 'granted');
  }
  if (OF_ROOT.includes(name) && !isRoot) {
    return fine(name, 'not needed by a user other than root');
  }
  const state = REQUIRED.includes(name) ? 'missing' : 'degraded';
  return lacking(name, state, 'capability', `not granted. ${CHECKS[name]}`);
}

const MODES: Readonly<Record<string, string>> = { 0: 'no filter', 1: 'strict', 2: 'a filter' };
const REFUSALS: readonly string[] = ['EPERM', 'EACCES', 'ENOSYS'];

/** Without CAP_BPF it may be the kernel itself that refuses, by kernel.unprivileged_bpf_disabled. */
function examineSeccomp({ status, bpfErrno }: HostFacts, hasBpf: boolean): Finding {
  const mode = /^Seccomp:\s*(\d)$/m.exec(status)?.[1] ?? '0';
  const found = MODES[mode] ?? mode;
  const isRefused = bpfErrno !== undefined && REFUSALS.includes(bpfErrno);
  if (isRefused && hasBpf) {
    return lacking('seccomp', 'missing', 'policy', `${found}; bpf(2) is refused: ${bpfErrno}`);
  }
  return mode !== '0' && (isRefused || bpfErrno === undefined)
    ? lacking('seccomp', 'unknown', 'hidden', `${found}; unknown whether it allows bpf(2)`)
    : fine('seccomp', mode === '0' ? found : `${found}, which allows bpf(2)`);
}

function canRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function attempt<Value>(work: () => Value): Value | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
