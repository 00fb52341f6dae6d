// SPDX-License-Identifier: Apache-2.0
// What this process holds open, and what the kernel holds of BPF: each must be as it was when all is over.
import { readdirSync } from 'node:fs';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { bindLibrary } from '../../../src/ffi/library.ts';

const { bpf_prog_get_next_id, bpf_map_get_next_id } = bindLibrary('test-ids', 'libbpf.so.1', {
  bpf_prog_get_next_id: { params: ['u32', 'buffer'], returns: 'i32' },
  bpf_map_get_next_id: { params: ['u32', 'buffer'], returns: 'i32' },
});

export function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

type NextId = (after: number, next: Buffer) => { readonly value: number };

function idsOf(nextId: NextId): readonly number[] {
  const ids: number[] = [];
  const next = Buffer.alloc(4);
  while (nextId(ids.at(-1) ?? 0, next).value >= 0) {
    ids.push(next.readUInt32LE());
  }
  return ids;
}

export function programIds(): readonly number[] {
  return idsOf(bpf_prog_get_next_id);
}

/** How many there are. */
export function resources() {
  return {
    descriptors: descriptors(),
    programs: programIds().length,
    maps: idsOf(bpf_map_get_next_id).length,
    links: idsOf(libbpf().bpf_link_get_next_id).length,
  };
}
