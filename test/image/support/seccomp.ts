// SPDX-License-Identifier: Apache-2.0
// What container runtimes let through to the kernel, of bpf() and of the call that the perf transport needs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Podman's, of the package golang-github-containers-common. */
const INSTALLED = '/usr/share/containers/seccomp.json';
const EPERM = 1;

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly includes?: { readonly caps?: readonly string[] };
  readonly excludes?: { readonly caps?: readonly string[] };
  readonly errnoRet?: number;
}

/** Paths of profiles. */
export interface SeccompProfiles {
  /**
   * Each call takes its own capability: containerd since 1.6.9, which Kubernetes calls RuntimeDefault there
   * (contrib/seccomp/seccomp_default.go), and Docker since 23.0.
   */
  readonly current: string;
  /** perf_event_open() takes CAP_SYS_ADMIN: podman 5.4 of Debian 13, and others before the end of 2025. */
  readonly withoutPerf: string;
  /** Both take CAP_SYS_ADMIN: podman 4.3 of Debian 12. */
  readonly old: string;
}

/** The rest of each is the profile of this machine's podman, however old that is. */
export function writeProfiles(folder: string): SeccompProfiles {
  const write = (name: string, bpf: string, perfEventOpen: string) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(profileOf({ bpf, perf_event_open: perfEventOpen })));
    return path;
  };
  return {
    current: write('current.json', 'CAP_BPF', 'CAP_PERFMON'),
    withoutPerf: write('without-perf.json', 'CAP_BPF', 'CAP_SYS_ADMIN'),
    old: write('old.json', 'CAP_SYS_ADMIN', 'CAP_SYS_ADMIN'),
  };
}

/** @param openedBy capability by name of the system call */
function profileOf(openedBy: Readonly<Record<string, string>>): { syscalls: Rule[] } {
  const profile = JSON.parse(readFileSync(INSTALLED, 'utf8')) as { syscalls: Rule[] };
  const others = profile.syscalls.map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => !(name in openedBy)),
  }));
  const rules = Object.entries(openedBy).flatMap(([name, capability]): Rule[] => {
    const caps = [capability];
    return [
      { names: [name], action: 'SCMP_ACT_ALLOW', includes: { caps } },
      { names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: EPERM, excludes: { caps } },
    ];
  });
  return { ...profile, syscalls: [...others, ...rules] };
}
