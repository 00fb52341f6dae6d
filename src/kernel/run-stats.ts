// SPDX-License-Identifier: Apache-2.0
// Has the kernel count the runs and the run time of every BPF program of the machine, for as long as it is open.
import { checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';

/** BPF_STATS_RUN_TIME in linux/bpf.h. */
const RUN_TIME = 0;

export class RunStats {
  readonly #fd: number;

  /** Needs CAP_SYS_ADMIN. Where the process ends, so does the counting. */
  constructor() {
    this.#fd = checkResult('count runs of programs', libbpf().bpf_enable_stats(RUN_TIME).value);
  }

  close(): void {
    libc().close(this.#fd);
  }
}
