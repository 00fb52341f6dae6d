// SPDX-License-Identifier: Apache-2.0
// The seccomp profile for containers, and a command in front of the exporter that puts it in force without a container.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const PROFILE = fileURLToPath(
  new URL('../../../../deploy/seccomp/xdp-exporter.json', import.meta.url),
);

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly includes?: { readonly caps: readonly string[] };
}

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly syscalls: readonly Rule[];
}

export const readProfile = (): Profile => JSON.parse(readFileSync(PROFILE, 'utf8'));

/** Names that are let pass whatever the capabilities. */
export function allowedCalls(): readonly string[] {
  return readProfile().syscalls.flatMap(({ names, includes }) => (includes ? [] : names));
}

/**
 * Numbers are those of the kernel's header; what the machine has no call of that name for is left out, as a runtime does it.
 * Structures are those of linux/filter.h, as in few-rights.ts. A jump is too short for all names, so each returns by itself.
 */
const UNDER_PROFILE = `
import ctypes, os, re, struct, subprocess, sys
header = subprocess.run(["clang", "-E", "-dM", "-include", "asm/unistd.h", "-x", "c", "/dev/null"], capture_output=True, text=True, check=True).stdout
numbers = {name: int(number) for name, number in re.findall(r"^#define __NR_(\\w+) (\\d+)$", header, re.M)}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001
architecture = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[os.uname().machine]
steps = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, REFUSE), (LOAD, 0, 0, 0)]
for name in sys.argv[1].split(","):
    if name in numbers:
        steps += [(EQUAL, 0, 1, numbers[name]), (RETURN, 0, 0, ALLOW)]
steps.append((RETURN, 0, 0, REFUSE))
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
prctl = ctypes.CDLL(None, use_errno=True).prctl
prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
for call in (38, 1, 0, 0, 0), (22, 2, ctypes.addressof(program), 0, 0):
    if prctl(*call) != 0:
        sys.exit("load profile: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
`;

/** For SpawnOptions.wrapper. */
export function underProfile(calls = allowedCalls()): string[] {
  return ['/usr/bin/python3', '-c', UNDER_PROFILE, calls.join()];
}
