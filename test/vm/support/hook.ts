// SPDX-License-Identifier: Apache-2.0
// A namespace with veth devices, on which somebody else attaches, replaces and detaches programs, and frames to them.
import { checkResult } from '../../../src/ffi/errno.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { bindLibrary } from '../../../src/ffi/library.ts';
import { listDevices } from '../../../src/kernel/device.ts';
import { withinNamespace } from '../../../src/kernel/net-namespace.ts';
import { readProgramId } from '../../../src/kernel/xdp-query.ts';
import { PacketSocket } from '../../kernel/support/packet-socket.ts';
import { run, ThrowawayNetns } from '../../kernel/support/throwaway-netns.ts';

const foreignLibbpf = bindLibrary('test-xdp', 'libbpf.so.1', {
  bpf_xdp_attach: { params: ['i32', 'i32', 'u32', 'buffer'], returns: 'i32' },
  bpf_xdp_detach: { params: ['i32', 'u32', 'buffer'], returns: 'i32' },
  bpf_link_create: { params: ['i32', 'i32', 'u32', 'buffer'], returns: 'i32' },
  bpf_link_update: { params: ['i32', 'i32', 'buffer'], returns: 'i32' },
});

export type Owner = 'netlink' | 'link';
export type Mode = 'native' | 'generic';

/** XDP_FLAGS_* in linux/if_link.h. */
const FLAGS = { generic: 1 << 1, native: 1 << 2 } as const;
/** enum bpf_attach_type in linux/bpf.h. */
const BPF_XDP = 37;

/** A program of somebody else's on a device. */
export interface Holding {
  replace(programFd: number): void;
  detach(): void;
}

export class Hook {
  readonly netns = new ThrowawayNetns();
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #sockets = new Map<string, PacketSocket>();

  /**
   * @param names of the devices that programs go on; frames come from their peers
   * @param nics of the machine, which are moved in as the first of these devices and its peer
   */
  constructor(names: readonly string[], mtu = 1500, nics?: { device: string; peer: string }) {
    // Devices would send packets of their own.
    this.netns.bash(
      'for each in all default; do echo 1 >/proc/sys/net/ipv6/conf/$each/disable_ipv6; done',
    );
    const [first = '', ...others] = names;
    if (nics !== undefined) {
      this.#moveIn(nics.device, first);
      this.#moveIn(nics.peer, peerOf(first));
    }
    for (const name of nics === undefined ? names : others) {
      this.netns.batch([
        `link add ${peerOf(name)} mtu ${mtu} type veth peer name ${name} mtu ${mtu}`,
        `link set ${peerOf(name)} up`,
        `link set ${name} up`,
      ]);
    }
    this.#indexes = new Map(
      this.#within(() => listDevices()).map(({ name, ifindex }) => [name, ifindex]),
    );
  }

  attach(device: string, programFd: number, owner: Owner, mode: Mode): Holding {
    const ifindex = this.indexOf(device);
    return owner === 'link'
      ? this.#within(() => attachByLink(ifindex, programFd, mode))
      : this.#attachNetlink(ifindex, programFd, FLAGS[mode]);
  }

  /** Frames that have arrived on it since it was made, whatever became of them. */
  received(device: string): number {
    const [link] = JSON.parse(this.netns.ip(`-json -stats link show ${device}`));
    return link.stats64.rx.packets;
  }

  /** Of the program that is on it now; 0 where there is none. */
  programId(device: string): number {
    return this.#within(() => readProgramId(this.indexOf(device))) ?? 0;
  }

  /** Frames that arrive on a device, one after the other. */
  send(device: string, frame: Buffer, times: number): void {
    this.#socketOf(device).send(frame, times);
  }

  indexOf(device: string): number {
    const present = () => this.#within(() => listDevices());
    return this.#indexes.get(device) ?? present().find(({ name }) => name === device)?.ifindex ?? 0;
  }

  close(): void {
    for (const socket of this.#sockets.values()) {
      socket.close();
    }
    this.netns.delete();
  }

  #moveIn(nic: string, name: string): void {
    run('ip', 'link', 'set', nic, 'netns', this.netns.name, 'name', name);
    this.netns.ip(`link set ${name} up`);
  }

  #attachNetlink(ifindex: number, programFd: number, flags: number): Holding {
    const { bpf_xdp_attach, bpf_xdp_detach } = foreignLibbpf;
    const replace = (fd: number) => {
      const { value } = this.#within(() => bpf_xdp_attach(ifindex, fd, flags, null));
      checkResult('attach by netlink', value);
    };
    replace(programFd);
    return {
      replace,
      detach: () => {
        const { value } = this.#within(() => bpf_xdp_detach(ifindex, flags, null));
        checkResult('detach by netlink', value);
      },
    };
  }

  #socketOf(device: string): PacketSocket {
    const ifindex = this.indexOf(peerOf(device));
    const socket = this.#sockets.get(device) ?? this.#within(() => new PacketSocket(ifindex));
    this.#sockets.set(device, socket);
    return socket;
  }

  #within<Result>(work: () => Result): Result {
    return withinNamespace(this.netns.path, work);
  }
}

/** On a device of the calling thread's network namespace. */
export function attachByLink(ifindex: number, programFd: number, mode: Mode): Holding {
  const { bpf_link_create, bpf_link_update } = foreignLibbpf;
  const options = Buffer.alloc(16);
  options.writeBigUInt64LE(BigInt(options.length));
  options.writeUInt32LE(FLAGS[mode], 8);
  const { value } = bpf_link_create(programFd, ifindex, BPF_XDP, options);
  const link = checkResult('attach by link', value);
  return {
    replace: (fd) => void checkResult('update link', bpf_link_update(link, fd, null).value),
    detach: () => void libc().close(link),
  };
}

/** Where frames to a device are sent from. */
export function peerOf(device: string): string {
  return `${device}-peer`;
}
