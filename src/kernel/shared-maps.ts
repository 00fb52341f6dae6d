// SPDX-License-Identifier: Apache-2.0
// The maps that the programs of all devices share: made once, by the same object, loaded without its program.
import { AbiMismatchError } from '../errors.ts';
import { libc } from '../ffi/libc.ts';
import { DEVICE } from './layout.ts';
import { MappedArray } from './mapped-array.ts';
import { BpfObject } from './object.ts';
import { countCpuParts, PerCpuMap } from './per-cpu-map.ts';
import { createRing } from './ring-map.ts';

const DEVICES = 'xdp_devices';
const RINGS = 'xdp_rings';
const EVENTS = 'xdp_events';
const RINGLESS = 'xdp_ringless';
/** Where the compiler puts sample_interval, the only variable of the programs. */
const VARIABLES = '.bss';
const SHARED = [DEVICES, RINGS, EVENTS, RINGLESS, VARIABLES] as const;

/** What each is called where it is pinned: a BPF file system takes no dots. */
export const SHARED_PINS: readonly string[] = SHARED.map(pinOf);

function pinOf(name: string): string {
  return name.replaceAll('.', '');
}

const VARIABLES_BYTES = 4;
const COUNTER_BYTES = 8;

/** How large the maps are to be. */
export interface MapSizes {
  /** Ids of the CPUs that could exist, not only of those online. */
  readonly possibleCpus: readonly number[];
  /** Devices that can be counted at a time. */
  readonly slots: number;
  /** Of each mapped ring; a power of two. */
  readonly ringRecords: number;
}

/** Makes the maps, or goes on with those of these descriptors, by their pins. */
export type MapMaker = (pinned?: ReadonlyMap<string, number>) => SharedMaps;

/** Belongs to whoever made it. Programs that were loaded with it go on with its maps after `close`. */
export class SharedMaps {
  /** By slot: struct xdp_device of each possible CPU. */
  readonly devices: PerCpuMap;
  readonly slots: number;
  readonly ringRecords: number;
  /** By CPU id: a map of one struct xdp_ring. */
  readonly ringsFd: number;
  /** By CPU id: a perf ring. */
  readonly eventsFd: number;
  readonly #object: BpfObject;
  readonly #ringless: MappedArray;
  readonly #variables: MappedArray;

  /**
   * Needs CAP_BPF.
   * @param objectPath as `loadProgram` is to have
   * @param pinned maps that an earlier process made with the same sizes, by their pins; the descriptors belong to the caller
   */
  constructor(
    objectPath: string,
    programName: string,
    sizes: MapSizes,
    pinned?: ReadonlyMap<string, number>,
  ) {
    const { possibleCpus, slots, ringRecords } = sizes;
    const cpuIds = Math.max(...possibleCpus) + 1;
    this.slots = slots;
    this.ringRecords = ringRecords;
    this.#object = new BpfObject(objectPath);
    try {
      checkShape(this.#object, DEVICES, DEVICE.sizeBytes);
      checkShape(this.#object, VARIABLES, VARIABLES_BYTES);
      this.#object.map(DEVICES).setMaxEntries(slots);
      for (const name of [RINGS, EVENTS, RINGLESS]) {
        this.#object.map(name).setMaxEntries(cpuIds);
      }
      this.#object.program(programName).skip();
      if (pinned === undefined) {
        this.#load(programName, ringRecords);
      } else {
        this.#adopt(programName, pinned);
      }
      const fdOf = (name: string) => this.#object.map(name).fd;
      this.devices = new PerCpuMap(fdOf(DEVICES), DEVICE.sizeBytes, possibleCpus.length);
      this.ringsFd = fdOf(RINGS);
      this.eventsFd = fdOf(EVENTS);
      this.#ringless = new MappedArray(fdOf(RINGLESS), COUNTER_BYTES, cpuIds);
      try {
        this.#variables = new MappedArray(fdOf(VARIABLES), VARIABLES_BYTES, 1);
      } catch (error) {
        this.#ringless.close();
        throw error;
      }
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  #load(programName: string, ringRecords: number): void {
    const ringFd = createRing(ringRecords);
    try {
      this.#object.map(RINGS).setInnerMap(ringFd);
      this.#object.load(programName);
    } finally {
      libc().close(ringFd);
    }
  }

  #adopt(programName: string, pinned: ReadonlyMap<string, number>): void {
    for (const name of SHARED) {
      this.#object.map(name).reuse(pinned.get(pinOf(name)) ?? -1);
    }
    checkShape(this.#object, DEVICES, DEVICE.sizeBytes);
    this.#object.load(programName);
  }

  /** By pin. They belong to this. */
  descriptors(): ReadonlyMap<string, number> {
    return new Map(SHARED.map((name) => [pinOf(name), this.#object.map(name).fd]));
  }

  /** By CPU id, in place: packets that found no ring, as u64. Valid until `close`. */
  get ringless(): BigUint64Array {
    const { buffer, byteOffset } = this.#ringless.entry(0);
    return new BigUint64Array(buffer, byteOffset, this.#ringless.entries);
  }

  /** In place: one packet in so many is recorded; 0 and 1 are all. Valid until `close`. */
  get sampleInterval(): Uint32Array {
    const { buffer, byteOffset } = this.#variables.entry(0);
    return new Uint32Array(buffer, byteOffset, 1);
  }

  /** Before anything is counted: see `countCpuParts`. */
  countCpus(): number {
    return countCpuParts(this.#object.map(DEVICES).fd, DEVICE.sizeBytes);
  }

  /** Before `object` is loaded: have it use these maps. */
  shareWith(object: BpfObject): void {
    for (const name of SHARED) {
      object.map(name).reuse(this.#object.map(name).fd);
    }
  }

  close(): void {
    this.#ringless.close();
    this.#variables.close();
    this.#object.close();
  }
}

function checkShape(object: BpfObject, name: string, expectedBytes: number): void {
  const actualBytes = object.map(name).valueSizeBytes;
  if (actualBytes !== expectedBytes) {
    throw new AbiMismatchError(`size of a value in map ${name}`, expectedBytes, actualBytes);
  }
}
