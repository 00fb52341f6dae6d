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
    remedy: '"xdp-exporter devices" lists the existing ones',
  },
  no_namespace: {
    cause: 'its network namespace does not exist',
    remedy: '"ip netns list" lists the existing ones',
  },
  left_out: {
    cause: 'every slot is taken',
    remedy: 'choose fewer devices, or give run a larger --max-devices',
  },
  occupied: {
    cause: 'another XDP program is on the device',
    remedy:
      'the exporter does not touch it and retries until the device is free; observe it with --mode auto',
  },
  no_program: {
    cause: 'the device has no XDP program to observe',
    remedy: 'the exporter keeps checking; --mode auto attaches its own program',
  },
  no_btf: {
    cause: 'the program on the device has no BTF',
    remedy:
      'build it with BTF (clang -g) and load it with a loader that passes BTF to the kernel; otherwise it cannot be observed',
  },
  permission: {
    cause: 'the exporter lacks a capability',
    remedy:
      'grant CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN to attach, and also CAP_SYS_ADMIN to observe; if all are granted, a security module or kernel lockdown refuses',
  },
  unsupported: {
    cause: 'the kernel or the network card does not support it',
    remedy:
      'observing needs Linux 5.17 or newer with kernel BTF and the BPF trampoline, and a program that is not offloaded to the network card',
  },
  bond_ports: {
    cause:
      "the program runs in the drivers of the bond's ports, where no frame belongs to the bond",
    remedy: 'attach it to the ports themselves to observe it there',
  },
  no_tracepoint: {
    cause: 'the kernel has no such tracepoint, or no BTF that describes it',
    remedy:
      'use a kernel with CONFIG_DEBUG_INFO_BTF, or switch tracepoints off with --tracepoints off',
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
    cause: 'the driver has native XDP but refuses it in its current configuration',
    remedy: 'turn LRO off (ethtool -K DEVICE lro off), see dmesg, or use --xdp-mode generic',
  },
  mtu: {
    cause: 'the MTU is too large for XDP',
    remedy: 'lower the MTU, or use --xdp-mode generic',
  },
  setup: {
    cause: 'the driver refuses XDP in its current configuration',
    remedy: 'see dmesg; a smaller MTU may help',
  },
  resources: {
    cause: 'the driver has too few queues or too little memory for XDP',
    remedy: 'see dmesg, and use fewer queues (ethtool -L)',
  },
  refused: {
    cause: 'the driver or the kernel refuses the program',
    remedy: 'see dmesg; the exporter retries',
  },
  detached: {
    cause: 'the program was detached by another process',
    remedy: 'the exporter attaches again; "bpftool net" shows the current programs',
  },
  privileges_dropped: {
    cause: 'the exporter has dropped its privileges and can no longer attach',
    remedy: 'restart it to count the device',
  },
  stopping: {
    cause: 'the exporter is stopping',
    remedy: 'no action is needed',
  },
  old_kernel: {
    cause: 'the kernel is too old to be supported',
    remedy: 'use Linux 5.15 or newer',
  },
  realtime: {
    cause: 'a PREEMPT_RT kernel may count two packets on one CPU at the same time, and lose one',
    remedy: 'use another kernel if counters must be exact',
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
    cause: 'opening a program of another process needs CAP_SYS_ADMIN',
    remedy: 'grant CAP_SYS_ADMIN, give its pin with --observe.pin, or use --mode attach',
  },
  replaced: {
    cause:
      'another program replaces its function, such as the only component of a libxdp dispatcher',
    remedy: 'grant CAP_SYS_ADMIN, so that the exporter can find that program',
  },
  lockdown: {
    cause: 'kernel lockdown is in mode "confidentiality", so no BPF program may read kernel memory',
    remedy:
      'boot with lockdown=integrity to observe with addresses; with --logger off, programs that take a struct xdp_md are counted',
  },
  libbpf: {
    cause: 'there is no usable libbpf 1.x',
    remedy: 'install libbpf 1.0 or newer (Debian and Ubuntu: libbpf1; Fedora: libbpf)',
  },
  capability: {
    cause: 'the capability is missing',
    remedy: 'run as root, or grant the capability to the process: see docs/capabilities.md',
  },
  user_namespace: {
    cause: 'this is a user namespace, whose capabilities do not count for BPF',
    remedy:
      'run it outside of a user namespace: no rootless container, no PrivateUsers= in systemd, no hostUsers: false in Kubernetes',
  },
  policy: {
    cause: 'the kernel refuses, although no capability is missing',
    remedy:
      'check the seccomp profile, security modules, kernel lockdown and RLIMIT_MEMLOCK: see docs/capabilities.md',
  },
  feature: {
    cause: 'the kernel does not support it',
    remedy: 'use a newer kernel: docs/troubleshooting.md lists the versions',
  },
  generic_only: {
    cause: 'the program runs in generic mode, which counts after GRO and costs more',
    remedy: 'use a driver with native XDP if rates and sizes must match the wire',
  },
  web_socket: {
    cause: 'systemd has passed no socket',
    remedy: 'start the service with a .socket unit that has 1 to 16 lines of ListenStream=PORT',
  },
  web_config: {
    cause: 'the file of --web.config.file, or a file that it references, is broken',
    remedy: 'the previous settings stay in force until you fix it: see docs/web-config.md',
  },
  handshake: {
    cause: 'the TLS handshake failed',
    remedy: "compare the client's certificate and TLS versions with the file of --web.config.file",
  },
  password: {
    cause: 'wrong user or password',
    remedy: 'compare both with basic_auth_users in the file of --web.config.file',
  },
  passwords: {
    cause: 'too many passwords to check',
    remedy:
      'find out who is guessing passwords; clients that are already logged in are still served',
  },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof REASONS;

/**
 * For an error: "cause; remedy".
 * @param detail in place of the general cause, where more is known
 */
export function explainReason(code: ReasonCode, detail: string = REASONS[code].cause): string {
  return `${withoutRemedy(detail, code)}; ${REASONS[code].remedy}`;
}

/** What an error says may end with the remedy that is to stand beside or behind it. */
export function withoutRemedy(said: string, code: ReasonCode): string {
  return said.replace(`; ${REASONS[code].remedy}`, '');
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
