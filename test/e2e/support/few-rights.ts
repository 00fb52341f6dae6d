// SPDX-License-Identifier: Apache-2.0
// A command in front of the exporter: into a network namespace, then down to the rights that the documents ask for.

const PYTHON = '/usr/bin/python3';

/** Nobody in particular; the files of the project must be readable to all. */
export const UID = 1000;

/** And no other, in any set. */
export const CAPABILITIES = ['bpf', 'perfmon', 'net_admin'] as const;

/** Numbers of system calls, on x86_64 and on aarch64. */
const CALLS = { perf_event_open: [298, 241], bpf: [321, 280] } as const;

/**
 * Runs its arguments with a system call refused by EPERM, as the profiles of some container runtimes refuse it:
 * setpriv(1) takes a filter since util-linux 2.39 only, and Debian 12 has 2.38. Constants and structures are those of
 * linux/prctl.h, linux/seccomp.h and linux/filter.h; a system call's number belongs to a machine.
 */
const WITHOUT_CALL = `
import ctypes, os, struct, sys
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARCHITECTURE = 0, 4
ALLOW, REFUSE = 0x7FFF0000, 0x00050001
architecture, call = {"x86_64": (0xC000003E, int(sys.argv[1])), "aarch64": (0xC00000B7, int(sys.argv[2]))}[os.uname().machine]
program = [
    (LOAD, 0, 0, ARCHITECTURE), (EQUAL, 0, 3, architecture),
    (LOAD, 0, 0, NUMBER), (EQUAL, 0, 1, call),
    (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
prctl = ctypes.CDLL(None, use_errno=True).prctl
prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
header = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
for call in (PR_SET_NO_NEW_PRIVS, 1), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(header)):
    if prctl(*call, *[0] * (5 - len(call))) != 0:
        sys.exit("refuse a system call: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[3], sys.argv[3:])
`;

/** For SpawnOptions.wrapper: what it runs has no such call, and no way to have it again. */
export function refusing(call: keyof typeof CALLS): string[] {
  return [PYTHON, '-c', WITHOUT_CALL, ...CALLS[call].map(String)];
}

/** For SpawnOptions.wrapper. It becomes what it runs, so the process that was spawned is the exporter's. */
export function fewRights(netns: string): string[] {
  const only = ['-all', ...CAPABILITIES.map((name) => `+${name}`)].join(',');
  return [
    ...['nsenter', `--net=/run/netns/${netns}`],
    ...refusing('perf_event_open'),
    ...['prlimit', '--memlock=0:0'],
    ...['setpriv', '--reuid', String(UID), '--regid', String(UID), '--clear-groups'],
    ...[`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`],
  ];
}
