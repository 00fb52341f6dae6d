// SPDX-License-Identifier: Apache-2.0
// BPF_PROG_TEST_RUN: runs a program on a frame of our own; Documentation/bpf/bpf_prog_run.rst.
import { checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { addressOf, allocate } from '../ffi/memory.ts';

/** struct bpf_test_run_opts in libbpf's bpf.h. */
const OPTIONS = {
  sizeBytes: 80,
  dataIn: 8,
  dataSizeIn: 24,
  ctxIn: 32,
  ctxSizeIn: 48,
  retval: 56,
  repeat: 60,
  duration: 64,
  flags: 68,
} as const;

/** struct xdp_md in linux/bpf.h. */
const XDP_MD = { sizeBytes: 24, dataEnd: 4, ingressIfindex: 12 } as const;

/** BPF_F_TEST_XDP_LIVE_FRAMES in linux/bpf.h. */
const LIVE_FRAMES = 1 << 1;

/** The frame and the options stay in place from run to run, so that a run costs one call. */
export class TestRun {
  readonly #programFd: number;
  readonly #options = allocate(OPTIONS.sizeBytes);
  readonly #context = allocate(XDP_MD.sizeBytes);
  readonly #frame: Buffer;

  /**
   * @param liveOn ifindex of the device that the frames seem to come from. Given, the kernel makes real frames
   *   and obeys the verdict (5.18): a redirect leaves through another device. Absent, only the program runs.
   * @param linearBytes the frame's first buffer holds so many, fragments the rest. Fewer than the frame has need
   *   Linux 6.18; without them a frame is linear up to about a page.
   */
  constructor(programFd: number, frame: Buffer, liveOn?: number, linearBytes = frame.length) {
    this.#programFd = programFd;
    this.#frame = allocate(frame.length);
    frame.copy(this.#frame);
    this.#options.writeBigUInt64LE(BigInt(OPTIONS.sizeBytes), 0);
    this.#options.writeBigUInt64LE(BigInt(addressOf(this.#frame)), OPTIONS.dataIn);
    this.#options.writeUInt32LE(frame.length, OPTIONS.dataSizeIn);
    if (liveOn !== undefined || linearBytes < frame.length) {
      this.#context.writeUInt32LE(linearBytes, XDP_MD.dataEnd);
      this.#context.writeUInt32LE(liveOn ?? 0, XDP_MD.ingressIfindex);
      this.#options.writeBigUInt64LE(BigInt(addressOf(this.#context)), OPTIONS.ctxIn);
      this.#options.writeUInt32LE(XDP_MD.sizeBytes, OPTIONS.ctxSizeIn);
    }
    if (liveOn !== undefined) {
      this.#options.writeUInt32LE(LIVE_FRAMES, OPTIONS.flags);
    }
  }

  /** Blocks the thread until the program has run `times` times; gives the last verdict back (0 for live frames). */
  run(times: number): number {
    this.#options.writeUInt32LE(times, OPTIONS.repeat);
    const { value } = libbpf().bpf_prog_test_run_opts(this.#programFd, this.#options);
    checkResult('run BPF program', value);
    return this.#options.readUInt32LE(OPTIONS.retval);
  }

  /** What one run of the last call took, on average; ns, by the kernel's clock. */
  get meanNs(): number {
    return this.#options.readUInt32LE(OPTIONS.duration);
  }
}
