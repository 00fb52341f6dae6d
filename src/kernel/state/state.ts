// SPDX-License-Identifier: Apache-2.0
// What outlives the process: the maps of counters and records, the programs on devices, and which device is which.
import { join } from 'node:path';
import { libc } from '../../ffi/libc.ts';
import { type MapMaker, SHARED_PINS, type SharedMaps } from '../shared-maps.ts';
import type { AttachMode, LinkState } from '../xdp-link.ts';
import { createDeviceMap, type PinnedDevice, PinnedDevices } from './devices.ts';
import type { StateDirectory, StateShape } from './directory.ts';
import { PinnedLink } from './link.ts';
import { openPin, pinObject } from './pin.ts';
import { readTaken } from './records.ts';
import { PinnedRings } from './rings.ts';

const DEVICES = 'devices';

type Sizes = Pick<StateShape, 'slots' | 'ringRecords'>;

/** Belongs to whoever opened it. `close` leaves all of it in the kernel. */
export class PinnedState {
  readonly maps: SharedMaps;
  /** By slot: those that have counters, as they were when it was opened. */
  readonly devices: ReadonlyMap<number, PinnedDevice>;
  /** Undefined where nothing is recorded. */
  readonly rings: PinnedRings | undefined;
  /** By slot: records that earlier processes took. */
  readonly taken: Float64Array;
  readonly #folder: string;
  readonly #devicesFd: number;
  readonly #devices: PinnedDevices;
  /** By slot, until they are adopted or released. */
  readonly #links: Map<number, PinnedLink>;

  private constructor(folder: string, maps: SharedMaps, devicesFd: number, sizes: Sizes) {
    const { slots, ringRecords } = sizes;
    this.maps = maps;
    this.#folder = folder;
    this.#devicesFd = devicesFd;
    this.#devices = new PinnedDevices(devicesFd, slots);
    this.devices = this.#devices.all();
    this.#links = PinnedLink.all(folder);
    try {
      this.rings = ringRecords === 0 ? undefined : new PinnedRings(folder, ringRecords);
      const read = (waiting: Float64Array) => readTaken(maps.devices, waiting);
      this.taken = this.rings?.shutWhile(maps.ringsFd, slots, read) ?? new Float64Array(slots);
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /**
   * Pins maps that are new, with no device. Throws a SystemError where the kernel refuses, and nothing of it is there then.
   * @param verify is called before anything is pinned
   */
  static create(
    directory: StateDirectory,
    name: string,
    sizes: Sizes,
    make: MapMaker,
    verify: (maps: SharedMaps) => void,
  ): PinnedState {
    const maps = make();
    try {
      verify(maps);
      return withMap(createDeviceMap(sizes.slots), (devicesFd) => {
        directory.make(name, (folder) => {
          for (const [pin, fd] of maps.descriptors()) {
            pinObject(fd, join(folder, pin));
          }
          pinObject(devicesFd, join(folder, DEVICES));
        });
        return new PinnedState(directory.pathOf(name), maps, devicesFd, sizes);
      });
    } catch (error) {
      maps.close();
      throw error;
    }
  }

  /** What an earlier process made. Throws a SystemError where it cannot be opened, or misses a part. */
  static adopt(directory: StateDirectory, name: string, sizes: Sizes, make: MapMaker): PinnedState {
    const folder = directory.pathOf(name);
    const maps = openMaps(folder, make);
    try {
      return withMap(
        openPin(join(folder, DEVICES)),
        (devicesFd) => new PinnedState(folder, maps, devicesFd, sizes),
      );
    } catch (error) {
      maps.close();
      throw error;
    }
  }

  /** Slots whose program was neither adopted nor released. */
  get undecided(): readonly number[] {
    return [...this.#links.keys()];
  }

  /** The program that counts in a slot, and its device; undefined where none is left to decide about. */
  program(slot: number): LinkState | undefined {
    return this.#links.get(slot)?.read();
  }

  /** The caller goes on with it. */
  adopt(slot: number): PinnedLink | undefined {
    const link = this.#links.get(slot);
    this.#links.delete(slot);
    return link;
  }

  /** Takes the program off its device. */
  release(slot: number): void {
    this.adopt(slot)?.close();
  }

  /** As `XdpLink`. */
  attach(slot: number, programFd: number, ifindex: number, mode: AttachMode): PinnedLink {
    return PinnedLink.attach(this.#folder, slot, programFd, ifindex, mode);
  }

  /** The next process is to know whose counters are in a slot. */
  remember(slot: number, device: PinnedDevice): void {
    this.#devices.set(slot, device);
  }

  /** After its counters are zero. */
  forget(slot: number): void {
    this.release(slot);
    this.taken[slot] = 0;
    this.#devices.delete(slot);
  }

  close(): void {
    this.#leave();
    libc().close(this.#devicesFd);
    this.maps.close();
  }

  #leave(): void {
    for (const link of this.#links.values()) {
      link.leave();
    }
    this.rings?.close();
  }
}

function openMaps(folder: string, make: MapMaker): SharedMaps {
  const opened = new Map<string, number>();
  try {
    for (const pin of SHARED_PINS) {
      opened.set(pin, openPin(join(folder, pin)));
    }
    return make(opened);
  } finally {
    for (const fd of opened.values()) {
      libc().close(fd);
    }
  }
}

/** Closes the descriptor where `use` fails. */
function withMap<Result>(fd: number, use: (fd: number) => Result): Result {
  try {
    return use(fd);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}
