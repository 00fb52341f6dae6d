// SPDX-License-Identifier: Apache-2.0
// What container runtimes let through to the kernel: the profile of this machine's podman, and what Kubernetes has.
import { readFileSync } from 'node:fs';

/** Of the package golang-github-containers-common. */
export const INSTALLED_PROFILE = '/usr/share/containers/seccomp.json';

interface Rule {
  names: string[];
  action: string;
  args?: unknown[];
  includes?: { caps?: string[] };
  excludes?: { caps?: string[] };
  errnoRet?: number;
}

interface Profile {
  syscalls: Rule[];
}

/** System calls that one capability opens; see contrib/seccomp/seccomp_default.go of containerd. */
const OPENED_BY = { CAP_BPF: 'bpf', CAP_PERFMON: 'perf_event_open' } as const;
const EPERM = 1;

/**
 * RuntimeDefault of containerd opens bpf() with CAP_BPF and perf_event_open() with CAP_PERFMON, and so do current Docker
 * and podman. Debian 12 has podman 4.3, whose profile asks CAP_SYS_ADMIN for both: this is that profile with the rules
 * of the others for these two calls.
 */
export function runtimeDefaultProfile(): string {
  const profile = JSON.parse(readFileSync(INSTALLED_PROFILE, 'utf8')) as Profile;
  const opened: readonly string[] = Object.values(OPENED_BY);
  const others = profile.syscalls.map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => !opened.includes(name)),
  }));
  const added = Object.entries(OPENED_BY).flatMap(([capability, name]): Rule[] => [
    { names: [name], action: 'SCMP_ACT_ALLOW', includes: { caps: [capability] } },
    {
      names: [name],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: EPERM,
      excludes: { caps: [capability] },
    },
  ]);
  return JSON.stringify({ ...profile, syscalls: [...others, ...added] });
}
