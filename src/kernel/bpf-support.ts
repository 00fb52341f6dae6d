// SPDX-License-Identifier: Apache-2.0
// Whether libbpf and bpf(2) are to be had, asked without a right and without making anything.
import { errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';

/** Such as "1.1". Throws a RequirementError where libbpf cannot be loaded. */
export function readLibbpfVersion(): string {
  const { libbpf_major_version, libbpf_minor_version } = libbpf();
  return `${libbpf_major_version().value}.${libbpf_minor_version().value}`;
}

/**
 * The errno's symbol of a call of bpf(2) on no descriptor: the kernel's own EBADFD, or what stands in front of it
 * answers. Throws a RequirementError where libbpf cannot be loaded.
 */
export function askBpf(): string {
  const info = Buffer.alloc(8);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(info.length);
  const { value } = libbpf().bpf_obj_get_info_by_fd(-1, info, size);
  return errnoName(-value);
}
