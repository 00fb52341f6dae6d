// SPDX-License-Identifier: Apache-2.0
// A bpf_link that holds a program on a device: kept as a descriptor, not pinned, so that it dies with us.
import { SystemError } from '../errors.ts';
import { checkResult, errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';

/** enum bpf_attach_type in linux/bpf.h. */
const BPF_XDP = 37;

/** XDP_FLAGS_* in linux/if_link.h. Without one of these the kernel falls back to generic mode in silence. */
const ATTACH_FLAGS = { generic: 1 << 1, native: 1 << 2 } as const;

/** struct bpf_link_create_opts and bpf_link_info, as far as we use them. */
const CREATE_OPTIONS_SIZE = 16;
const LINK_INFO = { sizeBytes: 64, programId: 8, xdpIfindex: 16 } as const;

export type AttachMode = keyof typeof ATTACH_FLAGS;

/** XDP_FLAGS_HW_MODE, and the first device of every network namespace, which has no such mode. */
const HARDWARE_MODE = 1 << 3;
const LOOPBACK_IFINDEX = 1;

/**
 * Whether the kernel holds XDP programs by links (Linux 5.9). It is asked for one that no kernel can make, so that
 * nothing is attached. Throws a SystemError where it does not say.
 */
export function hasXdpLinks(programFd: number): boolean {
  const value = createLink(programFd, LOOPBACK_IFINDEX, HARDWARE_MODE);
  if (value >= 0) {
    libc().close(value);
    return true;
  }
  const code = errnoName(-value);
  if (code === 'EINVAL') {
    return false;
  }
  // EBUSY and EEXIST: what is on lo stands in the way of a link.
  if (['EOPNOTSUPP', 'EBUSY', 'EEXIST'].includes(code)) {
    return true;
  }
  throw new SystemError('ask for XDP link', code);
}

/** A descriptor, or -errno. */
function createLink(programFd: number, ifindex: number, flags: number): number {
  const options = Buffer.alloc(CREATE_OPTIONS_SIZE);
  options.writeBigUInt64LE(BigInt(CREATE_OPTIONS_SIZE), 0);
  options.writeUInt32LE(flags, 8);
  return libbpf().bpf_link_create(programFd, ifindex, BPF_XDP, options).value;
}

/**
 * Attaches in the network namespace of the calling thread (Linux 5.9), and gives the link's descriptor. It fails, with the
 * errno's symbol as `code`, rather than replace a program: EBUSY or EEXIST where the device is taken, EOPNOTSUPP where
 * its driver has no such mode.
 */
export function attachLink(programFd: number, ifindex: number, mode: AttachMode): number {
  const value = createLink(programFd, ifindex, ATTACH_FLAGS[mode]);
  return checkResult(`attach XDP in mode ${mode}`, value);
}

export interface LinkState {
  readonly programId: number;
  /** 0 once the device is gone, or once someone else has detached the link (`bpftool link detach`). */
  readonly ifindex: number;
}

export function readLink(fd: number): LinkState {
  const info = Buffer.alloc(LINK_INFO.sizeBytes);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(info.length);
  const { value } = libbpf().bpf_obj_get_info_by_fd(fd, info, size);
  checkResult('read XDP link', value);
  return {
    programId: info.readUInt32LE(LINK_INFO.programId),
    ifindex: info.readUInt32LE(LINK_INFO.xdpIfindex),
  };
}

export class XdpLink {
  readonly #fd: number;

  /** Throws what `attachLink` throws. */
  constructor(programFd: number, ifindex: number, mode: AttachMode) {
    this.#fd = attachLink(programFd, ifindex, mode);
  }

  isAttached(): boolean {
    return readLink(this.#fd).ifindex !== 0;
  }

  /** Detaches. */
  close(): void {
    libc().close(this.#fd);
  }

  /** Nothing else holds it, so that it detaches as well. */
  leave(): void {
    this.close();
  }
}
