// SPDX-License-Identifier: Apache-2.0
// A kernel in memory: namespaces, devices that refuse and are taken, programs that count and record.
import type { Kernel } from '../../../src/engine/kernel.ts';
import { SystemError } from '../../../src/errors.ts';
import type { Attachment, Occupant } from '../../../src/instruments/attached.ts';
import type { Observation } from '../../../src/instruments/observed.ts';
import type { ProgramRuns } from '../../../src/instruments/program-cost.ts';
import type { Device } from '../../../src/kernel/device.ts';
import type { LinkLayer } from '../../../src/kernel/link-type.ts';
import type { AttachMode } from '../../../src/kernel/xdp-link.ts';
import type { DeviceInfo } from '../../../src/snapshot/device.ts';
import { FakeTracepoints } from '../instruments/fake-tracepoints.ts';
import { FakeCounters, FakeTransport, PASS, recordOf, trafficWord } from './fake-machine.ts';
import { type FakeNamespace, FakeNamespaces } from './fake-namespaces.ts';

export const SLOTS = 9;

export class FakeKernel implements Kernel {
  readonly possibleCpus: readonly number[];
  readonly namespaces = new FakeNamespaces();
  readonly counters: FakeCounters;
  readonly transport = new FakeTransport();
  readonly tracepoints = new FakeTracepoints();
  readonly ringless: BigUint64Array;
  readonly sampleInterval = new Uint32Array(1);
  /** By index. */
  readonly occupants = new Map<number, Occupant>();
  /** Thrown by an attach to this device, by its name, or by "name mode". */
  readonly refusals = new Map<string, unknown>();
  /** What was done, in order: "attach eth0 0 native", "close eth0", "clear 0", "close". */
  readonly events: string[] = [];
  online: readonly number[];
  /** Thrown where the list of online CPUs is read. */
  onlineFailure: unknown;
  native: boolean | undefined = true;
  readonly #attachments = new Set<FakeAttachment>();

  constructor(possibleCpus: readonly number[] = [0, 1, 2, 3]) {
    this.possibleCpus = possibleCpus;
    this.online = possibleCpus;
    this.counters = new FakeCounters(SLOTS, possibleCpus.length);
    this.ringless = new BigUint64Array(Math.max(...possibleCpus) + 1);
  }

  /** The exporter's own namespace. */
  get home(): FakeNamespace {
    return this.namespaces.home;
  }

  refuse(name: string, code: string): void {
    this.refusals.set(name, new SystemError('attach XDP', code));
  }

  /** The one on the device, if any. */
  attachmentOf(name: string, namespace = this.home): FakeAttachment | undefined {
    const ifindex = namespace.indexOf(name);
    return [...this.#attachments].find((each) => each.isOn(namespace, ifindex));
  }

  /** A packet arrives on a device, and its program, if any, counts and records it. */
  receive(name: string, { cpu = 0, namespace = this.home } = {}): boolean {
    const slot = this.attachmentOf(name, namespace)?.slot;
    const position = this.possibleCpus.indexOf(cpu);
    if (slot === undefined) {
      return false;
    }
    this.counters.add(slot, position, 'traffic', trafficWord(PASS, 'packets'));
    if (!this.transport.send(cpu, recordOf(slot))) {
      this.counters.add(slot, position, 'no_ring');
      this.ringless[cpu] = (this.ringless[cpu] ?? 0n) + 1n;
    }
    return true;
  }

  // Properties and not methods: what is handed on is called without its object.
  readonly findNamespaces = this.namespaces.findNamespaces;
  readonly within = this.namespaces.within;
  readonly openLinkEvents = this.namespaces.openLinkEvents;

  readonly onlineCpus = (): readonly number[] => {
    if (this.onlineFailure !== undefined) {
      throw this.onlineFailure;
    }
    return this.online;
  };

  readonly devices = (): readonly Device[] => {
    const { listFailure, present } = this.namespaces.current;
    if (listFailure !== undefined) {
      throw listFailure;
    }
    return present;
  };

  readonly defaultRouteDevices = (): readonly number[] => {
    const { current } = this.namespaces;
    current.searches++;
    if (current.routeFailure !== undefined) {
      throw current.routeFailure;
    }
    return current.routes;
  };
  readonly namespaceInode = () => this.namespaces.current.inode;
  readonly openTracepoints = () => this.tracepoints;
  readonly hasNativeXdp = () => this.native;
  readonly driver = () => 'fake';
  /** Of devices that were asked, in order. */
  readonly asked: string[] = [];
  speedMbps: number | undefined;
  readonly deviceInfo = ({ name, mtu }: Device): DeviceInfo => {
    this.asked.push(name);
    const { speedMbps } = this;
    return { driver: 'fake', mtu, ...(speedMbps === undefined ? {} : { speedMbps }) };
  };
  readonly clearSlot = (slot: number): void => {
    this.events.push(`clear ${slot}`);
    this.counters.clear(slot);
  };
  readonly close = () => void this.events.push('close');

  /** Thrown where runs are to be counted. */
  runsFailure: unknown;
  /** By the id of the program. */
  readonly runs = new Map<number, ProgramRuns>();
  readonly countRuns = () => {
    if (this.runsFailure !== undefined) {
      throw this.runsFailure;
    }
    this.events.push('count runs');
    return { close: () => void this.events.push('count no runs') };
  };
  readonly programRuns = (id: number): ProgramRuns => {
    const runs = this.runs.get(id);
    if (runs === undefined) {
      throw new SystemError(`open program ${id}`, 'ENOENT');
    }
    return runs;
  };

  readonly occupant = ({ ifindex }: Device): Occupant | undefined => {
    const ours = [...this.#attachments].find((each) => each.isOn(this.namespaces.current, ifindex));
    return ours?.info ?? this.occupants.get(ifindex);
  };

  readonly programId = (ifindex: number): number => this.occupants.get(ifindex)?.id ?? 0;

  readonly observe = (
    { name }: Device,
    _link: LinkLayer,
    slot: number,
    { id, mode, name: program }: Occupant,
  ): Observation => {
    this.events.push(`observe ${name} ${slot} ${id}`);
    const refusal = this.refusals.get(name);
    if (refusal !== undefined) {
      throw refusal;
    }
    const info = { name: `${program}_in_full`, id, tag: 'beef', mode, role: 'observed' } as const;
    return { info, missed: () => 0, close: () => void this.events.push(`close ${name}`) };
  };

  readonly attach = (
    { name, ifindex }: Device,
    _link: LinkLayer,
    slot: number,
    mode: AttachMode,
  ): Attachment => {
    const place = this.namespaces.current;
    this.events.push(`attach ${name} ${slot} ${mode}`);
    const refusal = this.refusals.get(name) ?? this.refusals.get(`${name} ${mode}`);
    if (refusal !== undefined) {
      throw refusal;
    }
    if (place.indexOf(name) !== ifindex) {
      throw new SystemError('attach XDP', 'ENODEV');
    }
    const attachment = new FakeAttachment({ place, ifindex, slot, mode }, () => {
      this.#attachments.delete(attachment);
      this.events.push(`close ${name}`);
    });
    this.#attachments.add(attachment);
    return attachment;
  };
}

interface Holding {
  readonly place: FakeNamespace;
  readonly ifindex: number;
  readonly slot: number;
  readonly mode: AttachMode;
}

export class FakeAttachment implements Attachment {
  readonly info;
  readonly slot: number;
  readonly close: () => void;
  /** False: someone else has detached it. */
  isHeld = true;
  readonly #holding: Holding;

  constructor(holding: Holding, close: () => void) {
    this.#holding = holding;
    this.slot = holding.slot;
    this.info = {
      name: 'xdp_exporter',
      id: 7,
      tag: 'feedface',
      mode: holding.mode,
      role: 'attached',
    } as const;
    this.close = close;
  }

  isOn(place: FakeNamespace, ifindex: number): boolean {
    const { place: own, ifindex: index } = this.#holding;
    return place === own && ifindex === index && this.isAttached();
  }

  isAttached(): boolean {
    const { place, ifindex } = this.#holding;
    return this.isHeld && place.present.some((device) => device.ifindex === ifindex);
  }
}
