// SPDX-License-Identifier: Apache-2.0
// Which program is on a device now: one small question, where a list of all devices would answer many.
import { libbpf } from '../ffi/libbpf.ts';

/**
 * Of a device of the calling thread's network namespace; 0 where there is none, or where there are several in different
 * modes. Undefined where the kernel does not say, as of a device that has gone. Takes no right, and some 30 us.
 */
export function readProgramId(ifindex: number): number | undefined {
  const id = Buffer.alloc(4);
  const { value } = libbpf().bpf_xdp_query_id(ifindex, 0, id);
  return value < 0 ? undefined : id.readUInt32LE();
}
