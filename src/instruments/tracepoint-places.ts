// SPDX-License-Identifier: Apache-2.0
// Which device's events are counted at which place: a device keeps its place for as long as there are places for all.
import type { DeviceAddress } from '../kernel/tracepoint-maps.ts';
import { deviceKey } from '../snapshot/device.ts';
import type { DeviceName } from './watch-context.ts';

/** A device that has a place. */
export interface PlacedDevice extends DeviceName {
  readonly place: number;
  /** When it got its place, ms of the wall clock. */
  readonly startedAtMs: number;
}

/** A device that is wanted and there. */
export interface PresentDevice extends DeviceName, DeviceAddress {}

/** What it takes of the maps. */
export interface PlaceMaps {
  watch(address: DeviceAddress, place: number): void;
  unwatch(address: DeviceAddress): void;
  /** Sets all that is counted at a place to zero. */
  clear(place: number): void;
}

interface Holder extends PlacedDevice {
  /** Where its events are taken from now; undefined while it is not wanted or not there. */
  address: DeviceAddress | undefined;
  /** The call of `follow` since which it has had no address. */
  leftAt: number;
}

/** A device that was never counted by a program has a place all the same: it may be another's program that fails. */
export class TracepointPlaces {
  readonly #maps: PlaceMaps;
  readonly #wallMs: () => number;
  readonly #holders = new Map<string, Holder>();
  readonly #free: number[];
  #call = 0;

  constructor(maps: PlaceMaps, places: number, wallMs: () => number) {
    this.#maps = maps;
    this.#wallMs = wallMs;
    this.#free = Array.from({ length: places }, (_, place) => places - 1 - place);
  }

  /** In the order in which they got their places. */
  devices(): readonly PlacedDevice[] {
    return [...this.#holders.values()];
  }

  /** How many places a reader must read to see every device's. */
  get used(): number {
    let used = 0;
    for (const { place } of this.#holders.values()) {
      used = Math.max(used, place + 1);
    }
    return used;
  }

  /**
   * Watches these devices and no others. Throws a SystemError where the kernel refuses; the next call makes up for it.
   * @param unseen labels of namespaces that could not be looked at: their devices stay as they are
   */
  follow(present: readonly PresentDevice[], unseen: ReadonlySet<string | undefined>): void {
    this.#call++;
    const wanted = new Map(present.map((device) => [deviceKey(device), device]));
    // All that leave go first: an address may have passed from one name to another.
    for (const [key, holder] of this.#holders) {
      if (!unseen.has(holder.netns) && !isSame(holder.address, wanted.get(key))) {
        this.#leave(holder);
      }
    }
    for (const [key, device] of wanted) {
      const holder = this.#holders.get(key) ?? this.#place(key, device);
      if (holder !== undefined && holder.address === undefined) {
        const { inode, ifindex } = device;
        this.#maps.watch({ inode, ifindex }, holder.place);
        holder.address = { inode, ifindex };
      }
    }
  }

  #leave(holder: Holder): void {
    if (holder.address !== undefined) {
      this.#maps.unwatch(holder.address);
      holder.address = undefined;
      holder.leftAt = this.#call;
    }
  }

  #place(key: string, { netns, name }: DeviceName): Holder | undefined {
    const place = this.#free.pop() ?? this.#takeBack();
    if (place === undefined) {
      return undefined;
    }
    const holder: Holder = {
      ...(netns === undefined ? {} : { netns }),
      name,
      place,
      startedAtMs: this.#wallMs(),
      address: undefined,
      leftAt: this.#call,
    };
    this.#holders.set(key, holder);
    return holder;
  }

  /**
   * The place of the device that has been away for longest, cleared. One that left just now keeps its own: a program
   * that is running on another CPU may still count there.
   */
  #takeBack(): number | undefined {
    const away = [...this.#holders].filter(
      ([, { address, leftAt }]) => address === undefined && leftAt < this.#call,
    );
    const [oldest] = away.toSorted(([, a], [, b]) => a.leftAt - b.leftAt);
    if (oldest === undefined) {
      return undefined;
    }
    const [key, { place }] = oldest;
    this.#maps.clear(place);
    this.#holders.delete(key);
    return place;
  }
}

function isSame(one: DeviceAddress | undefined, other: DeviceAddress | undefined): boolean {
  return one?.inode === other?.inode && one?.ifindex === other?.ifindex;
}
