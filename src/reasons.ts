// SPDX-License-Identifier: Apache-2.0
// Every reason why something is not there, or less than it could be: errors, log, labels, doctor and documents quote it.

interface Reason {
  /** The cause, as it stands in "verb object: cause; remedy" and, with a capital, as a sentence. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
}

export const REASONS = {
  absent: {
    cause: 'no such device',
    remedy: '"xdp-exporter devices" lists those there are',
  },
  no_namespace: {
    cause: 'its network namespace is not there',
    remedy: '"ip netns list" shows the names',
  },
  left_out: {
    cause: 'every slot is taken',
    remedy: 'choose fewer devices, or give run a larger --max-devices',
  },
  occupied: {
    cause: 'another XDP program is on the device',
    remedy:
      'it is left alone and the device is tried again until it is free; observe it with --mode auto',
  },
  no_program: {
    cause: 'there is no XDP program on the device that could be observed',
    remedy: 'the device is looked at again; --mode auto attaches a program of our own',
  },
  no_btf: {
    cause: 'the program on the device has no BTF',
    remedy:
      'its owner builds it with BTF (clang -g) and loads it with a loader that hands BTF on; else it cannot be observed',
  },
  permission: {
    cause: 'the exporter lacks a right',
    remedy:
      'grant the capability: CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN to attach, CAP_SYS_ADMIN too to observe; where all are granted, a security module or a kernel in lockdown refuses',
  },
  unsupported: {
    cause: 'the kernel or the network card cannot do it',
    remedy:
      'observing takes Linux 5.17 or newer with BTF of its own and the BPF trampoline, and a program that does not run on the network card',
  },
  bond_ports: {
    cause: "the program runs in the drivers of the bond's ports, where no frame is the bond's",
    remedy: 'put it on the ports themselves to observe it there',
  },
  no_tracepoint: {
    cause: 'the kernel has no such tracepoint, or no BTF that describes it',
    remedy: 'use a kernel with CONFIG_DEBUG_INFO_BTF, or leave it out with --tracepoints off',
  },
  unsupported_link: {
    cause: 'frames of this link type cannot be parsed',
    remedy: 'name a device that carries Ethernet or IP',
  },
  no_native: {
    cause: 'the driver has no native XDP',
    remedy: 'try --xdp-mode generic, which counts after GRO and costs more',
  },
  offloads: {
    cause: 'the driver has native XDP but refuses it now',
    remedy: 'turn LRO off (ethtool -K DEVICE lro off), see dmesg, or use --xdp-mode generic',
  },
  mtu: {
    cause: 'the MTU is too large for XDP',
    remedy: 'lower it, or use --xdp-mode generic',
  },
  setup: {
    cause: 'the driver refuses its present set-up',
    remedy: 'a smaller MTU may help, see dmesg',
  },
  resources: {
    cause: 'the driver has too few queues or too little memory for XDP',
    remedy: 'see dmesg, and use fewer queues (ethtool -L)',
  },
  refused: {
    cause: 'the driver or the kernel refuses the program',
    remedy: 'see dmesg; it is tried again',
  },
  detached: {
    cause: 'the program was detached by another process',
    remedy: 'it is attached again; "bpftool net" shows what is there now',
  },
  privileges_dropped: {
    cause: 'the exporter has dropped its privileges and attaches to nothing any more',
    remedy: 'restart it to count the device',
  },
  stopping: {
    cause: 'the exporter is stopping',
    remedy: 'none is needed',
  },
  old_kernel: {
    cause: 'the kernel is older than those that are supported',
    remedy: 'use Linux 5.15 or newer',
  },
  realtime: {
    cause: 'on a PREEMPT_RT kernel two packets may be counted on one CPU at a time',
    remedy: 'use another kernel where counters must be exact',
  },
  kernel_btf: {
    cause: 'the kernel has no BTF that this process can read',
    remedy:
      'use a kernel with CONFIG_DEBUG_INFO_BTF, and let the exporter read /sys/kernel/btf/vmlinux',
  },
  hidden: {
    cause: 'it cannot be seen from here',
    remedy: 'run doctor on the host, as root and with securityfs on /sys/kernel/security',
  },
  unpinned: {
    cause: "to open another's program takes CAP_SYS_ADMIN",
    remedy: 'grant CAP_SYS_ADMIN, name a pin of it with --observe.pin, or use --mode attach',
  },
  replaced: {
    cause: 'another program replaces its function, as the only one of a libxdp dispatcher does',
    remedy: 'grant CAP_SYS_ADMIN, by which that one is found',
  },
  lockdown: {
    cause: 'the kernel is in lockdown "confidentiality", so that no program may read its memory',
    remedy:
      'boot with lockdown=integrity to observe programs with addresses; with --logger off those that take a struct xdp_md are counted',
  },
  libbpf: {
    cause: 'there is no libbpf 1.x that can be used',
    remedy: 'install libbpf 1.0 or newer (Debian and Ubuntu: libbpf1; Fedora: libbpf)',
  },
  capability: {
    cause: 'the capability is missing',
    remedy: 'run as root or grant what is missing to the process: see docs/capabilities.md',
  },
  user_namespace: {
    cause: 'this is a user namespace, whose capabilities do not count for BPF',
    remedy:
      'run it outside of one: no rootless container, no PrivateUsers= of systemd, no hostUsers: false of Kubernetes',
  },
  policy: {
    cause: 'the kernel refuses although no capability is missing',
    remedy:
      'with the capabilities granted it is a seccomp profile, a security module, a kernel in lockdown, or RLIMIT_MEMLOCK that refuses: see docs/capabilities.md',
  },
  feature: {
    cause: 'the kernel does not have it',
    remedy: 'use a newer kernel: docs/troubleshooting.md says which',
  },
  generic_only: {
    cause: 'the program runs in generic mode, which counts after GRO and costs more',
    remedy: 'use a driver with native XDP where rates and sizes must be those of the wire',
  },
  web_socket: {
    cause: 'systemd has handed over no socket',
    remedy: 'start the service by a .socket unit with 1 to 16 lines of ListenStream=PORT',
  },
  web_config: {
    cause: 'the file of --web.config.file, or one that it names, is broken',
    remedy: 'the settings before stay in force until it is corrected: see docs/web-config.md',
  },
  handshake: {
    cause: 'the TLS handshake failed',
    remedy:
      'compare the certificate and the TLS versions of the client with the file of --web.config.file',
  },
  password: {
    cause: 'a wrong user or password',
    remedy: 'compare both with basic_auth_users in the file of --web.config.file',
  },
  passwords: {
    cause: 'too many passwords to check',
    remedy: 'clients that are known already are served; find out who tries passwords',
  },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof REASONS;

/**
 * For an error: "cause; remedy".
 * @param detail in place of the general cause, where more is known
 */
export function explainReason(code: ReasonCode, detail: string = REASONS[code].cause): string {
  return `${detail}; ${REASONS[code].remedy}`;
}

/** For a page: each code and its cause as a sentence. */
export function meaningsOf<Code extends ReasonCode>(
  codes: readonly Code[],
): Readonly<Record<Code, string>> {
  const entries = codes.map((code) => [code, sentenceOf(REASONS[code].cause)]);
  return Object.fromEntries(entries) as Record<Code, string>;
}

/** With a capital and a full stop. */
export function sentenceOf(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
