// SPDX-License-Identifier: Apache-2.0
// What the kernel tells of a loaded program, ours or another's.
import { checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';
import type { ProgramInfo } from '../snapshot/device.ts';

/** struct bpf_prog_info in linux/bpf.h, up to recursion_misses. */
const PROG_INFO = {
  sizeBytes: 216,
  id: 4,
  tag: 8,
  tagEnd: 16,
  name: 64,
  nameEnd: 80,
  recursionMisses: 208,
} as const;

export type ProgramIdentity = Omit<ProgramInfo, 'mode'>;

export function readProgramInfo(programFd: number): ProgramIdentity {
  const info = readInfo(programFd);
  const name = info.subarray(PROG_INFO.name, PROG_INFO.nameEnd);
  return {
    name: name.toString('utf8', 0, name.indexOf(0)),
    id: info.readUInt32LE(PROG_INFO.id),
    tag: info.toString('hex', PROG_INFO.tag, PROG_INFO.tagEnd),
  };
}

/** How often the kernel did not run a tracing program, since it was running on that CPU (5.12; 0 before). */
export function readRecursionMisses(programFd: number): number {
  return Number(readInfo(programFd).readBigUInt64LE(PROG_INFO.recursionMisses));
}

/** A kernel whose struct is shorter leaves the rest zero. */
function readInfo(programFd: number): Buffer {
  const info = Buffer.alloc(PROG_INFO.sizeBytes);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(info.length);
  const { value } = libbpf().bpf_obj_get_info_by_fd(programFd, info, size);
  checkResult('read program info', value);
  return info;
}

/** ENOENT as `code` where no program has that id any more. */
export function readProgramInfoById(id: number): ProgramIdentity {
  const { value } = libbpf().bpf_prog_get_fd_by_id(id);
  const fd = checkResult(`open program ${id}`, value);
  try {
    return readProgramInfo(fd);
  } finally {
    libc().close(fd);
  }
}
