// SPDX-License-Identifier: Apache-2.0
// One program at one of the kernel's tracepoints, held by a link that dies with us.
import { checkErrno, checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';
import { BpfObject } from './object.ts';
import { type ProgramIdentity, readProgramInfo, readRecursionMisses } from './program-info.ts';
import { TRACEPOINTS, type TracepointMaps, type TracepointName } from './tracepoint-maps.ts';

/** enum bpf_attach_type in linux/bpf.h: for tracepoints whose types are in the kernel's BTF. */
const BPF_TRACE_RAW_TP = 23;

/** linux/fcntl.h */
const F_DUPFD_CLOEXEC = 1030;

/**
 * A descriptor of the program of one tracepoint, for the caller to close. Throws what BpfObject.load throws, ESRCH in its
 * cause where the kernel has no such tracepoint or no BTF.
 */
function openTracepoint(maps: TracepointMaps, objectPath: string, name: TracepointName): number {
  const loaded = maps.programFd(name);
  if (loaded !== undefined) {
    return duplicate(loaded);
  }
  const object = new BpfObject(objectPath);
  try {
    maps.shareWith(object);
    for (const other of TRACEPOINTS.filter((each) => each !== name)) {
      object.program(other).skip();
    }
    object.load(name);
    return duplicate(object.program(name).fd);
  } finally {
    // It would cost a descriptor for each of its maps.
    object.close();
  }
}

/** Throws where the kernel does not have this tracepoint or refuses the program for it, as `openTracepoint` does. */
export function tryTracepoint(
  maps: TracepointMaps,
  objectPath: string,
  name: TracepointName,
): void {
  libc().close(openTracepoint(maps, objectPath, name));
}

export class TracepointProgram {
  readonly info: ProgramIdentity;
  readonly #linkFd: number;
  /** Of the program: only it tells of what was missed. */
  readonly #fd: number;

  /**
   * Needs CAP_BPF and CAP_PERFMON. Throws what `tryTracepoint` throws, and a SystemError where it cannot be attached.
   */
  constructor(maps: TracepointMaps, objectPath: string, name: TracepointName) {
    this.#fd = openTracepoint(maps, objectPath, name);
    try {
      this.info = readProgramInfo(this.#fd);
      const { value } = libbpf().bpf_link_create(this.#fd, 0, BPF_TRACE_RAW_TP, null);
      this.#linkFd = checkResult(`attach to tracepoint ${name}`, value);
    } catch (error) {
      libc().close(this.#fd);
      throw error;
    }
  }

  /** Events that the kernel did not hand on, since the program was running on that CPU. */
  misses(): number {
    return readRecursionMisses(this.#fd);
  }

  /** Detaches. */
  close(): void {
    libc().close(this.#linkFd);
    libc().close(this.#fd);
  }
}

function duplicate(fd: number): number {
  return checkErrno('keep program', libc().fcntl(fd, F_DUPFD_CLOEXEC, 0));
}
