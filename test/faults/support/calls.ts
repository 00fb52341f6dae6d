// SPDX-License-Identifier: Apache-2.0
// Every function of libbpf and libc that src/ffi declares, and how it fails. The types want a row for each: a call
// that is declared anew does not compile until it has one.
import type { libbpf } from '../../../src/ffi/libbpf.ts';
import type { libc } from '../../../src/ffi/libc.ts';

/** A failed call gives -errno, NULL, or -1; each sets errno. */
export interface Failure {
  readonly errno: number;
  readonly gives: 'negative errno' | 'null' | 'minus one';
}

/** Why a call is not made to fail. */
export interface Harmless {
  readonly because: string;
}

const ENOENT = 2;
const EIO = 5;
const EAGAIN = 11;
const ENOMEM = 12;
const EBUSY = 16;
const EINVAL = 22;
const EMFILE = 24;
const ENOBUFS = 105;
const EPERM = 1;

const negative = (errno: number): Failure => ({ errno, gives: 'negative errno' });
const none = (errno: number): Failure => ({ errno, gives: 'null' });
const minusOne = (errno: number): Failure => ({ errno, gives: 'minus one' });
const harmless = (because: string): Harmless => ({ because });

const NO_ERROR = 'has no way to fail';
const PINNED = 'is called with --state.pin alone';
const ELSEWHERE = 'the generator and doctor alone call it';

const LIBBPF: Readonly<Record<keyof ReturnType<typeof libbpf>, Failure | Harmless>> = {
  libbpf_major_version: harmless(NO_ERROR),
  libbpf_minor_version: harmless(NO_ERROR),
  libbpf_set_print: harmless(NO_ERROR),
  bpf_object__open_file: none(ENOENT),
  bpf_object__load: negative(EPERM),
  bpf_object__close: harmless(NO_ERROR),
  bpf_object__btf_fd: negative(ENOENT),
  bpf_object__find_program_by_name: none(ENOENT),
  bpf_object__find_map_by_name: none(ENOENT),
  bpf_program__set_autoload: negative(EINVAL),
  bpf_program__set_flags: negative(EBUSY),
  bpf_program__set_attach_target: negative(EINVAL),
  bpf_program__insns: none(EINVAL),
  bpf_program__insn_cnt: harmless(NO_ERROR),
  bpf_program__fd: negative(ENOENT),
  bpf_map__fd: negative(EINVAL),
  bpf_map__reuse_fd: negative(EMFILE),
  bpf_map__initial_value: none(EINVAL),
  bpf_map__set_max_entries: negative(EBUSY),
  bpf_map__set_inner_map_fd: negative(EINVAL),
  bpf_map__value_size: harmless(NO_ERROR),
  bpf_map__set_initial_value: negative(EINVAL),
  bpf_map_create: negative(ENOMEM),
  bpf_map_delete_elem: negative(ENOENT),
  bpf_map_lookup_elem: negative(ENOMEM),
  bpf_map_update_elem: negative(ENOMEM),
  bpf_map_lookup_batch: negative(ENOMEM),
  bpf_map_update_batch: negative(ENOMEM),
  bpf_link_create: negative(EBUSY),
  bpf_link_detach: harmless(PINNED),
  bpf_link_get_next_id: negative(EPERM),
  bpf_link_get_fd_by_id: negative(EPERM),
  bpf_obj_get_info_by_fd: negative(EINVAL),
  bpf_raw_tracepoint_open: negative(EPERM),
  bpf_xdp_query_id: negative(ENOBUFS),
  btf__load_from_kernel_by_id: none(EPERM),
  btf__type_by_id: none(EINVAL),
  btf__name_by_offset: none(EINVAL),
  btf__free: harmless(NO_ERROR),
  bpf_enable_stats: negative(EPERM),
  bpf_prog_get_fd_by_id: negative(EPERM),
  bpf_prog_load: negative(EPERM),
  bpf_obj_pin: harmless(PINNED),
  bpf_obj_get: negative(EPERM),
  bpf_prog_test_run_opts: harmless(ELSEWHERE),
  perf_buffer__new_raw: none(EMFILE),
  perf_buffer__buffer: negative(EINVAL),
  perf_buffer__free: harmless(NO_ERROR),
};

const LIBC: Readonly<Record<keyof ReturnType<typeof libc>, Failure | Harmless>> = {
  memcpy: harmless(NO_ERROR),
  memmove: harmless(NO_ERROR),
  mmap: minusOne(ENOMEM),
  munmap: minusOne(EINVAL),
  strlen: harmless(NO_ERROR),
  getpagesize: harmless(NO_ERROR),
  malloc_trim: harmless(NO_ERROR),
  flock: harmless(PINNED),
  close: minusOne(EIO),
  setns: minusOne(EPERM),
  sched_setaffinity: minusOne(EINVAL),
  socket: minusOne(EMFILE),
  socketpair: minusOne(EMFILE),
  syscall: minusOne(EPERM),
  bind: minusOne(ENOBUFS),
  getsockopt: minusOne(ENOBUFS),
  setsockopt: minusOne(ENOBUFS),
  send: minusOne(ENOBUFS),
  sendto: minusOne(ENOBUFS),
  recv: minusOne(EAGAIN),
  listen: minusOne(ENOBUFS),
  getsockname: minusOne(ENOBUFS),
  pipe2: minusOne(EMFILE),
  fcntl: minusOne(EPERM),
  prctl: minusOne(EPERM),
  capget: minusOne(EPERM),
  capset: minusOne(EPERM),
  ioctl: minusOne(EPERM),
};

/** By the name of the function. */
export const CALLS: Readonly<Record<string, Failure | Harmless>> = { ...LIBBPF, ...LIBC };

/** Those that can be made to fail. */
export const FAILURES: readonly (readonly [string, Failure])[] = Object.entries(CALLS).flatMap(
  ([name, row]) => ('errno' in row ? [[name, row] as const] : []),
);
