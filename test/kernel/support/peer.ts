// SPDX-License-Identifier: Apache-2.0
// The far end of a lab: the exporter's own program counts there, and a packet socket sees the frames themselves.
import { fileURLToPath } from 'node:url';
import type { LabEnd } from '../../../src/demo/lab.ts';
import { checkErrno } from '../../../src/ffi/errno.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import { listDevices } from '../../../src/kernel/device.ts';
import { DEVICE } from '../../../src/kernel/layout.ts';
import { netNamespacePath, withinNamespace } from '../../../src/kernel/net-namespace.ts';
import { BpfObject } from '../../../src/kernel/object.ts';
import { PerCpuMap } from '../../../src/kernel/per-cpu-map.ts';
import { XdpLink } from '../../../src/kernel/xdp-link.ts';
import { readDeviceTotals } from './device-counters.ts';

const OBJECT = fileURLToPath(new URL('../../../bpf/xdp_exporter.bpf.o', import.meta.url));
const PROGRAM = 'xdp_exporter';

export interface Counted {
  readonly packets: number;
  readonly bytes: number;
}

/** Attaches natively, and counts in slot 0. */
export class Peer {
  readonly #object: BpfObject;
  readonly #link: XdpLink;
  readonly #devices: PerCpuMap;
  #before: Counted = { packets: 0, bytes: 0 };

  constructor({ netns, device }: LabEnd) {
    this.#object = new BpfObject(OBJECT);
    this.#object.load(PROGRAM);
    const { fd } = this.#object.program(PROGRAM);
    this.#link = withinNamespace(netNamespacePath(netns), () => {
      const ifindex = listDevices().find(({ name }) => name === device)?.ifindex ?? 0;
      return new XdpLink(fd, ifindex, 'native');
    });
    const map = this.#object.map('xdp_devices');
    this.#devices = new PerCpuMap(map.fd, DEVICE.sizeBytes, readCpuMask('possible').length);
  }

  /** Since the last call. */
  counted(): Counted {
    const now = readDeviceTotals(this.#devices, 0);
    const before = this.#before;
    this.#before = now;
    return { packets: now.packets - before.packets, bytes: now.bytes - before.bytes };
  }

  close(): void {
    this.#link.close();
    this.#object.close();
  }
}

/** See packet(7) and socket(7). */
const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const ETH_P_ALL_BIG_ENDIAN = 0x0300;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;

/** Room for the bookkeeping of some ten thousand frames. */
const RECEIVE_BUFFER_BYTES = 64 * 1024 * 1024;

const MAX_FRAME_BYTES = 4096;

/** Sees what XDP passed on, until it is closed. */
export class Capture {
  readonly #fd: number;

  constructor(netns: string) {
    const { socket, setsockopt } = libc();
    this.#fd = withinNamespace(netNamespacePath(netns), () =>
      checkErrno('open socket', socket(AF_PACKET, SOCK_RAW_CLOEXEC, ETH_P_ALL_BIG_ENDIAN)),
    );
    const size = Buffer.alloc(4);
    size.writeUInt32LE(RECEIVE_BUFFER_BYTES);
    checkErrno('size buffer', setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, size, size.length));
  }

  /** All frames since the last call. */
  frames(): Buffer[] {
    const frames: Buffer[] = [];
    const buffer = Buffer.alloc(MAX_FRAME_BYTES);
    for (;;) {
      const { value } = libc().recv(this.#fd, buffer, buffer.length, MSG_DONTWAIT);
      if (value <= 0) {
        return frames;
      }
      frames.push(Buffer.from(buffer.subarray(0, value)));
    }
  }

  close(): void {
    libc().close(this.#fd);
  }
}
