// SPDX-License-Identifier: Apache-2.0
// libbpf 1.x, signatures as in its headers bpf.h and libbpf.h (1.1.2, the oldest that we support).
import { bindLibrary, type Functions } from './library.ts';

const SIGNATURES = {
  libbpf_major_version: { params: [], returns: 'u32' },
  libbpf_minor_version: { params: [], returns: 'u32' },
  libbpf_set_print: { params: ['i64'], returns: 'i64' },
  bpf_object__open_file: { params: ['string', 'buffer'], returns: 'i64' },
  bpf_object__load: { params: ['i64'], returns: 'i32' },
  bpf_object__close: { params: ['i64'], returns: 'void' },
  bpf_object__btf_fd: { params: ['i64'], returns: 'i32' },
  bpf_object__find_program_by_name: { params: ['i64', 'string'], returns: 'i64' },
  bpf_object__find_map_by_name: { params: ['i64', 'string'], returns: 'i64' },
  bpf_program__set_autoload: { params: ['i64', 'i32'], returns: 'i32' },
  bpf_program__set_flags: { params: ['i64', 'u32'], returns: 'i32' },
  bpf_program__set_attach_target: { params: ['i64', 'i32', 'string'], returns: 'i32' },
  bpf_program__insns: { params: ['i64'], returns: 'i64' },
  bpf_program__insn_cnt: { params: ['i64'], returns: 'i64' },
  bpf_program__fd: { params: ['i64'], returns: 'i32' },
  bpf_map__fd: { params: ['i64'], returns: 'i32' },
  bpf_map__reuse_fd: { params: ['i64', 'i32'], returns: 'i32' },
  bpf_map__initial_value: { params: ['i64', 'buffer'], returns: 'i64' },
  bpf_map__set_max_entries: { params: ['i64', 'u32'], returns: 'i32' },
  bpf_map__set_inner_map_fd: { params: ['i64', 'i32'], returns: 'i32' },
  bpf_map__value_size: { params: ['i64'], returns: 'u32' },
  bpf_map__set_initial_value: { params: ['i64', 'buffer', 'i64'], returns: 'i32' },
  bpf_map_create: { params: ['i32', 'string', 'u32', 'u32', 'u32', 'buffer'], returns: 'i32' },
  bpf_map_delete_elem: { params: ['i32', 'buffer'], returns: 'i32' },
  bpf_map_lookup_elem: { params: ['i32', 'buffer', 'buffer'], returns: 'i32' },
  bpf_map_update_elem: { params: ['i32', 'buffer', 'buffer', 'i64'], returns: 'i32' },
  bpf_map_lookup_batch: {
    params: ['i32', 'buffer', 'buffer', 'buffer', 'buffer', 'buffer', 'buffer'],
    returns: 'i32',
  },
  bpf_map_update_batch: { params: ['i32', 'buffer', 'buffer', 'buffer', 'buffer'], returns: 'i32' },
  bpf_link_create: { params: ['i32', 'i32', 'u32', 'buffer'], returns: 'i32' },
  bpf_link_detach: { params: ['i32'], returns: 'i32' },
  bpf_link_get_next_id: { params: ['u32', 'buffer'], returns: 'i32' },
  bpf_link_get_fd_by_id: { params: ['u32'], returns: 'i32' },
  bpf_obj_get_info_by_fd: { params: ['i32', 'buffer', 'buffer'], returns: 'i32' },
  bpf_raw_tracepoint_open: { params: ['buffer', 'i32'], returns: 'i32' },
  bpf_xdp_query_id: { params: ['i32', 'i32', 'buffer'], returns: 'i32' },
  btf__load_from_kernel_by_id: { params: ['u32'], returns: 'i64' },
  btf__type_by_id: { params: ['i64', 'u32'], returns: 'i64' },
  btf__name_by_offset: { params: ['i64', 'u32'], returns: 'i64' },
  btf__free: { params: ['i64'], returns: 'void' },
  bpf_enable_stats: { params: ['i32'], returns: 'i32' },
  bpf_prog_get_fd_by_id: { params: ['u32'], returns: 'i32' },
  bpf_prog_load: {
    params: ['i32', 'string', 'string', 'buffer', 'i64', 'buffer'],
    returns: 'i32',
  },
  bpf_obj_pin: { params: ['i32', 'string'], returns: 'i32' },
  bpf_obj_get: { params: ['string'], returns: 'i32' },
  bpf_prog_test_run_opts: { params: ['i32', 'buffer'], returns: 'i32' },
  perf_buffer__new_raw: {
    params: ['i32', 'i64', 'buffer', 'i64', 'i64', 'buffer'],
    returns: 'i64',
  },
  perf_buffer__buffer: { params: ['i64', 'i32', 'buffer', 'buffer'], returns: 'i32' },
  perf_buffer__free: { params: ['i64'], returns: 'void' },
} as const;

let bound: Functions<typeof SIGNATURES> | undefined;

/** Loads libbpf on first use, silenced: what it would print, our errors say. */
export function libbpf(): Functions<typeof SIGNATURES> {
  if (bound === undefined) {
    bound = bindLibrary('bpf', 'libbpf.so.1', SIGNATURES);
    bound.libbpf_set_print(0);
  }
  return bound;
}
