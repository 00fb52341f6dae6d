// SPDX-License-Identifier: Apache-2.0
// A bpf_link that holds a program on a device: kept as a descriptor, never pinned, so that it dies with us.
import { checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';

/** enum bpf_attach_type in linux/bpf.h. */
const BPF_XDP = 37;

/** XDP_FLAGS_* in linux/if_link.h. Without one of these the kernel falls back to generic mode in silence. */
const ATTACH_FLAGS = { generic: 1 << 1, native: 1 << 2 } as const;

/** struct bpf_link_create_opts and bpf_link_info, as far as we use them. */
const CREATE_OPTIONS_SIZE = 16;
const LINK_INFO = { sizeBytes: 64, xdpIfindex: 16 } as const;

export type AttachMode = keyof typeof ATTACH_FLAGS;

export class XdpLink {
  readonly #fd: number;

  /**
   * Attaches in the network namespace of the calling thread (Linux 5.9). It fails, with the errno's symbol
   * as `code`, rather than replace a program: EBUSY or EEXIST where the device is taken, EOPNOTSUPP where
   * its driver has no such mode.
   */
  constructor(programFd: number, ifindex: number, mode: AttachMode) {
    const options = Buffer.alloc(CREATE_OPTIONS_SIZE);
    options.writeBigUInt64LE(BigInt(CREATE_OPTIONS_SIZE), 0);
    options.writeUInt32LE(ATTACH_FLAGS[mode], 8);
    const { value } = libbpf().bpf_link_create(programFd, ifindex, BPF_XDP, options);
    this.#fd = checkResult(`attach XDP in mode ${mode}`, value);
  }

  /** False once the device is gone, or once someone else has detached the link (`bpftool link detach`). */
  isAttached(): boolean {
    const info = Buffer.alloc(LINK_INFO.sizeBytes);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(info.length);
    const { value } = libbpf().bpf_obj_get_info_by_fd(this.#fd, info, size);
    checkResult('read XDP link', value);
    return info.readUInt32LE(LINK_INFO.xdpIfindex) !== 0;
  }

  /** Detaches. */
  close(): void {
    libc().close(this.#fd);
  }
}
