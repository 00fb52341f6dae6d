// SPDX-License-Identifier: Apache-2.0
// Three namespaces in a row, and foreign programs that make the kernel's XDP tracepoints tell of something.
import { fileURLToPath } from 'node:url';
import { checkResult } from '../../../src/ffi/errno.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { listDevices } from '../../../src/kernel/device.ts';
import { withinNamespace } from '../../../src/kernel/net-namespace.ts';
import { BpfObject } from '../../../src/kernel/object.ts';
import { PerCpuMap } from '../../../src/kernel/per-cpu-map.ts';
import { numberAt } from '../../../src/kernel/per-cpu-values.ts';
import { type AttachMode, XdpLink } from '../../../src/kernel/xdp-link.ts';
import { PacketSocket } from './packet-socket.ts';
import { ThrowawayNetns } from './throwaway-netns.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/provoker.bpf.o', import.meta.url));

/** enum provoker_deed */
const DEEDS = { verdict: 0, redirect: 1, devmap: 2, cpumap: 3 } as const;

/** What provoke() does with each frame, and the verdict, ifindex or key that it does it with. */
export interface Deed {
  readonly deed: keyof typeof DEEDS;
  readonly argument: number;
}

/** struct provoker */
const STATE = { sizeBytes: 24, seen: 1, passed: 2 } as const;

/** As many as a veth has room for, so that none is lost on the way. */
const BATCH = 128;

const FRAME = Buffer.alloc(100);
FRAME.writeUInt16BE(0x88b5, 12);

/** "near" sends over a cable to `in` of "middle", which redirects to `out` and so to "far". */
export class Provoker {
  readonly near = new ThrowawayNetns();
  readonly middle = new ThrowawayNetns();
  readonly far = new ThrowawayNetns();
  readonly #object = new BpfObject(OBJECT);
  readonly #links: { close(): void }[] = [];
  readonly #socket: PacketSocket;

  /** @param out the name of the device that leads to "far" */
  constructor(out = 'out') {
    for (const netns of [this.near, this.middle, this.far]) {
      netns.bash('echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6');
    }
    this.near.ip(`link add near0 type veth peer name in netns ${this.middle.name}`);
    this.near.ip('link set near0 up');
    for (const command of [
      `link add ${out} type veth peer name far0 netns ${this.far.name}`,
      'link add idle type veth peer name idle-peer',
      'link set in up',
      `link set ${out} up`,
    ]) {
      this.middle.ip(command);
    }
    this.far.ip('link set far0 up');
    // Takes frames by redirect, also while there is no program in native mode.
    this.middle.bash('ethtool -K in gro on');
    this.#object.load('provoker');
    const near = this.ifindex(this.near, 'near0');
    this.#socket = withinNamespace(this.near.path, () => new PacketSocket(near));
  }

  /** Attaches provoke() to `in`, in that mode. */
  attach(mode: AttachMode): XdpLink {
    return this.#attach(this.middle, 'in', 'provoke', mode);
  }

  /** A veth takes frames only while its other end has a program in native mode. */
  receiveOnFar(): XdpLink {
    return this.#attach(this.far, 'far0', 'drop', 'native');
  }

  ifindex(netns: ThrowawayNetns, device: string): number {
    const devices = withinNamespace(netns.path, listDevices);
    return devices.find(({ name }) => name === device)?.ifindex ?? 0;
  }

  /** The devmap's first key leads there; the second one is empty. @param refuses a program in the map drops all */
  lead(to: string, refuses = false): void {
    const { fd } = this.#object.map('devices');
    const key = Buffer.alloc(4);
    const value = Buffer.alloc(8);
    value.writeUInt32LE(this.ifindex(this.middle, to), 0);
    value.writeInt32LE(refuses ? this.#object.program('refuse').fd : -1, 4);
    withinNamespace(this.middle.path, () =>
      checkResult('lead', libbpf().bpf_map_update_elem(fd, key, value, 0).value),
    );
  }

  /** The cpumap's entry of that CPU, with a queue of that size. Gives the id of the map. */
  openCpu(cpu: number, queueSize: number): number {
    const { fd } = this.#object.map('cpus');
    const key = Buffer.alloc(4);
    key.writeUInt32LE(cpu);
    const value = Buffer.alloc(8);
    value.writeUInt32LE(queueSize, 0);
    value.writeInt32LE(this.#object.program('count').fd, 4);
    checkResult('open CPU', libbpf().bpf_map_update_elem(fd, key, value, 0).value);
    const info = Buffer.alloc(64);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(info.length);
    checkResult('read map', libbpf().bpf_obj_get_info_by_fd(fd, info, size).value);
    return info.readUInt32LE(4);
  }

  /** Has provoke() do the deed with so many frames, and waits until it has seen them all. */
  async provoke({ deed, argument }: Deed, frames: number, length = FRAME.length): Promise<void> {
    const frame = Buffer.concat([FRAME, Buffer.alloc(Math.max(0, length - FRAME.length))]);
    this.#set(DEEDS[deed], argument);
    for (let left = frames; left > 0; left -= BATCH) {
      const goal = this.#state('seen') + Math.min(left, BATCH);
      this.#socket.send(frame, Math.min(left, BATCH));
      await until(() => this.#state('seen') >= goal);
    }
  }

  /** Frames that count() has got from the cpumap. */
  get passed(): number {
    return this.#state('passed');
  }

  close(): void {
    for (const link of this.#links) {
      link.close();
    }
    this.#object.close();
    this.#socket.close();
    for (const netns of [this.near, this.middle, this.far]) {
      netns.delete();
    }
  }

  #attach(netns: ThrowawayNetns, device: string, program: string, mode: AttachMode): XdpLink {
    const ifindex = this.ifindex(netns, device);
    const { fd } = this.#object.program(program);
    const link = withinNamespace(netns.path, () => new XdpLink(fd, ifindex, mode));
    this.#links.push(link);
    return link;
  }

  #set(deed: number, argument: number): void {
    const { fd } = this.#object.map('.bss');
    const state = Buffer.alloc(STATE.sizeBytes);
    checkResult('read', libbpf().bpf_map_lookup_elem(fd, Buffer.alloc(4), state).value);
    state.writeUInt32LE(deed, 0);
    state.writeUInt32LE(argument, 4);
    checkResult('write', libbpf().bpf_map_update_elem(fd, Buffer.alloc(4), state, 0).value);
  }

  #state(field: 'seen' | 'passed'): number {
    const { fd } = this.#object.map('.bss');
    return numberAt(new PerCpuMap(fd, STATE.sizeBytes, 1).read(1), STATE[field]);
  }
}

/** Fails after 10 s. */
export async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isTrue()) {
    if (performance.now() > end) {
      throw new Error('wait: it does not come true');
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
