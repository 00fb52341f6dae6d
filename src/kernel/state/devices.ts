// SPDX-License-Identifier: Apache-2.0
// Which device has which slot of the pinned counters, and since when: in a map that no program reads.
import { ExporterError, SystemError } from '../../errors.ts';
import { checkResult, errnoName } from '../../ffi/errno.ts';
import { libbpf } from '../../ffi/libbpf.ts';

/** BPF_MAP_TYPE_ARRAY in linux/bpf.h. */
const MAP_TYPE_ARRAY = 2;

/** Of the JSON of one entry, with the zero behind it. A namespace may be a long path. */
const ENTRY_BYTES = 1024;

/** A device that has counters. */
export interface PinnedDevice {
  /** The label of its network namespace, where it has one. */
  readonly netns?: string;
  readonly name: string;
  /** When its counters began, ms of the wall clock then. */
  readonly startedAtMs: number;
}

/** Makes the map. The caller closes the descriptor. */
export function createDeviceMap(slots: number): number {
  const { bpf_map_create } = libbpf();
  const value = bpf_map_create(MAP_TYPE_ARRAY, 'xdp_state', 4, ENTRY_BYTES, slots, null).value;
  return checkResult('create map of pinned devices', value);
}

/** Each change is whole or not there: the kernel copies an entry in one call, which no signal cuts short. */
export class PinnedDevices {
  readonly #fd: number;
  readonly #slots: number;

  /** @param fd of a map that `createDeviceMap` made; belongs to the caller */
  constructor(fd: number, slots: number) {
    this.#fd = fd;
    this.#slots = slots;
  }

  /** By slot. What is no entry of ours is none. */
  all(): ReadonlyMap<number, PinnedDevice> {
    const devices = new Map<number, PinnedDevice>();
    const entry = Buffer.alloc(ENTRY_BYTES);
    for (let slot = 0; slot < this.#slots; slot++) {
      const { value } = libbpf().bpf_map_lookup_elem(this.#fd, keyOf(slot), entry);
      checkResult(`read pinned device ${slot}`, value);
      const device = decodeDevice(entry);
      if (device !== undefined) {
        devices.set(slot, device);
      }
    }
    return devices;
  }

  /** Throws an ExporterError where the entry is too long, and a SystemError where the kernel refuses. */
  set(slot: number, device: PinnedDevice): void {
    const text = Buffer.from(JSON.stringify(device));
    if (text.length >= ENTRY_BYTES) {
      throw new ExporterError(
        `pin device "${device.name}": its namespace's path takes ${text.length} bytes of ${ENTRY_BYTES - 1}; name the namespace by a shorter one`,
      );
    }
    this.#write(slot, text);
  }

  delete(slot: number): void {
    this.#write(slot, Buffer.alloc(0));
  }

  #write(slot: number, text: Buffer): void {
    const entry = Buffer.alloc(ENTRY_BYTES);
    text.copy(entry);
    const { value } = libbpf().bpf_map_update_elem(this.#fd, keyOf(slot), entry, 0);
    if (value < 0) {
      throw new SystemError(`pin device in slot ${slot}`, errnoName(-value));
    }
  }
}

/** Undefined where there is none, or none that this version writes. */
export function decodeDevice(entry: Buffer): PinnedDevice | undefined {
  const end = entry.indexOf(0);
  try {
    const { netns, name, startedAtMs } = JSON.parse(entry.toString('utf8', 0, end));
    const isOurs =
      typeof name === 'string' &&
      Number.isFinite(startedAtMs) &&
      ['undefined', 'string'].includes(typeof netns);
    return isOurs ? { ...(netns === undefined ? {} : { netns }), name, startedAtMs } : undefined;
  } catch {
    return undefined;
  }
}

function keyOf(slot: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(slot);
  return key;
}
