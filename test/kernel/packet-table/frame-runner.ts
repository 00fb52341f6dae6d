// SPDX-License-Identifier: Apache-2.0
// BPF_PROG_TEST_RUN for a million different frames: one buffer for all of them, so that a frame costs one call.
import { checkResult } from '../../../src/ffi/errno.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { addressOf, allocate } from '../../../src/ffi/memory.ts';

/** struct bpf_test_run_opts in libbpf's bpf.h. */
const OPTIONS = {
  sizeBytes: 80,
  dataIn: 8,
  dataSizeIn: 24,
  ctxIn: 32,
  ctxSizeIn: 48,
  retval: 56,
} as const;

/** struct xdp_md in linux/bpf.h. */
const XDP_MD = { sizeBytes: 24, dataEnd: 4 } as const;

/** Larger than any frame that the kernel takes here. */
const MAX_FRAME_BYTES = 128 * 1024;

/** The kernel takes no shorter frame, but passes a shorter linear part on (6.18). */
export const MIN_FRAME_BYTES = 14;

export class FrameRunner {
  readonly #programFd: number;
  readonly #options = allocate(OPTIONS.sizeBytes);
  readonly #context = allocate(XDP_MD.sizeBytes);
  readonly #contextAddress = BigInt(addressOf(this.#context));
  readonly #frame = allocate(MAX_FRAME_BYTES);
  readonly #frameAddress = BigInt(addressOf(this.#frame));

  constructor(programFd: number) {
    this.#programFd = programFd;
  }

  /**
   * Runs the program once and gives its verdict. The frame's first buffer holds `linearBytes`; fewer than the
   * frame has need Linux 6.18.
   */
  run(frame: Buffer, linearBytes = frame.length): number {
    const sizeBytes = Math.max(frame.length, MIN_FRAME_BYTES);
    frame.copy(this.#frame);
    this.#options.fill(0);
    this.#options.writeBigUInt64LE(BigInt(OPTIONS.sizeBytes), 0);
    this.#options.writeBigUInt64LE(this.#frameAddress, OPTIONS.dataIn);
    this.#options.writeUInt32LE(sizeBytes, OPTIONS.dataSizeIn);
    if (linearBytes < sizeBytes) {
      this.#context.fill(0);
      this.#context.writeUInt32LE(linearBytes, XDP_MD.dataEnd);
      this.#options.writeBigUInt64LE(this.#contextAddress, OPTIONS.ctxIn);
      this.#options.writeUInt32LE(XDP_MD.sizeBytes, OPTIONS.ctxSizeIn);
    }
    const { value } = libbpf().bpf_prog_test_run_opts(this.#programFd, this.#options);
    checkResult('run BPF program', value);
    return this.#options.readUInt32LE(OPTIONS.retval);
  }
}
