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
 * Loads the program of one tracepoint, which checks that the kernel has it. The caller closes the object. Throws what
 * BpfObject.load throws, ESRCH in its cause where the kernel has no such tracepoint or no BTF.
 */
export function loadTracepoint(
  maps: TracepointMaps,
  objectPath: string,
  name: TracepointName,
): BpfObject {
  const object = new BpfObject(objectPath);
  try {
    maps.shareWith(object);
    for (const other of TRACEPOINTS.filter((each) => each !== name)) {
      object.program(other).skip();
    }
    object.load(name);
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}

export class TracepointProgram {
  readonly info: ProgramIdentity;
  readonly #linkFd: number;
  /** Of the program: only it tells of what was missed. */
  readonly #fd: number;

  /**
   * Needs CAP_BPF and CAP_PERFMON. Throws what `loadTracepoint` throws, and a SystemError where it cannot be attached.
   */
  constructor(maps: TracepointMaps, objectPath: string, name: TracepointName) {
    const object = loadTracepoint(maps, objectPath, name);
    try {
      const { fd } = object.program(name);
      this.info = readProgramInfo(fd);
      const { value } = libbpf().bpf_link_create(fd, 0, BPF_TRACE_RAW_TP, null);
      this.#linkFd = checkResult(`attach to tracepoint ${name}`, value);
      try {
        // The object would cost a descriptor for each of its maps.
        this.#fd = checkErrno('keep program', libc().fcntl(fd, F_DUPFD_CLOEXEC, 0));
      } catch (error) {
        libc().close(this.#linkFd);
        throw error;
      }
    } finally {
      object.close();
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
