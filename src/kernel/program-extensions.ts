// SPDX-License-Identifier: Apache-2.0
// The programs that replace functions of another one (freplace), as libxdp's dispatcher holds its components.
import { SystemError } from '../errors.ts';
import { checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';
import type { ProgramComponent } from '../snapshot/device.ts';
import { openProgram, readFunctionName, readNamedProgram, withProgram } from './program-info.ts';

/** struct bpf_link_info in linux/bpf.h, as of Linux 5.13. */
const LINK_INFO = {
  sizeBytes: 40,
  type: 0,
  programId: 8,
  attachType: 16,
  targetId: 20,
  targetTypeId: 24,
} as const;

/** BPF_LINK_TYPE_TRACING; what is no fentry, fexit and so on among them is an extension, with no type of its own. */
const TRACING = 2;
const NO_ATTACH_TYPE = 0;

const ENOENT = 2;

/** None links more than some hundreds; a walk that meets links that come and go must end all the same. */
const MAX_LINKS = 65_536;

/**
 * Those that are attached now, by the function that they replace. Takes CAP_SYS_ADMIN; throws a SystemError without.
 * @param targetFd of the program whose functions they replace
 */
export function readExtensions(targetFd: number, targetId: number): readonly ProgramComponent[] {
  const components: ProgramComponent[] = [];
  for (const linkId of linkIds()) {
    const info = unlessGone(() => readLinkInfo(linkId));
    const component = info && unlessGone(() => describe(info, targetFd, targetId));
    if (component !== undefined) {
      components.push(component);
    }
  }
  return components.sort((one, other) => (one.function < other.function ? -1 : 1));
}

function describe(info: Buffer, targetFd: number, targetId: number): ProgramComponent | undefined {
  if (
    info.readUInt32LE(LINK_INFO.type) !== TRACING ||
    info.readUInt32LE(LINK_INFO.attachType) !== NO_ATTACH_TYPE ||
    info.readUInt32LE(LINK_INFO.targetId) !== targetId
  ) {
    return undefined;
  }
  const replaced = readFunctionName(targetFd, info.readUInt32LE(LINK_INFO.targetTypeId));
  const named = withProgram(openProgram(info.readUInt32LE(LINK_INFO.programId)), readNamedProgram);
  return { ...named, function: replaced };
}

function* linkIds(): Generator<number> {
  const { bpf_link_get_next_id } = libbpf();
  const next = Buffer.alloc(4);
  for (let id = 0, left = MAX_LINKS; left > 0; left--) {
    const { value } = bpf_link_get_next_id(id, next);
    if (value === -ENOENT) {
      return;
    }
    checkResult('list links', value);
    id = next.readUInt32LE();
    yield id;
  }
}

function readLinkInfo(id: number): Buffer {
  const { bpf_link_get_fd_by_id, bpf_obj_get_info_by_fd } = libbpf();
  const fd = checkResult(`open link ${id}`, bpf_link_get_fd_by_id(id).value);
  try {
    const info = Buffer.alloc(LINK_INFO.sizeBytes);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(info.length);
    checkResult(`read link ${id}`, bpf_obj_get_info_by_fd(fd, info, size).value);
    return info;
  } finally {
    libc().close(fd);
  }
}

/** Links and programs may go while they are looked at. */
function unlessGone<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
