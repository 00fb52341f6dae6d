// SPDX-License-Identifier: Apache-2.0
// Asks whether the programs on devices that are not ours have changed: the kernel tells nobody when a link's owner acts.

import type { WatchedDevice } from '../instruments/watched-device.ts';
import { type Device, programOf } from '../kernel/device.ts';
import { NamespaceLostError } from '../kernel/net-namespace.ts';
import { deviceKey } from '../snapshot/device.ts';

/** A packet goes uncounted for at most this, the time to the next look, and a load. */
const INTERVAL_MS = 400;

/** What it takes of the kernel. */
export interface OccupantKernel {
  /** See `readProgramId` of src/kernel/xdp-query.ts. */
  programId(ifindex: number): number | undefined;
}

/** The devices of one namespace at the last look. */
interface Sight<Place> {
  readonly place: Place;
  readonly netns: string | undefined;
  readonly devices: readonly Device[];
}

interface Followed {
  readonly ifindex: number;
  id: number;
}

export class OccupantWatch<Place> {
  readonly #kernel: OccupantKernel;
  readonly #enter: (place: Place, work: () => void) => void;
  #followed: readonly { readonly place: Place; readonly devices: readonly Followed[] }[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** @param enter does the work in the place's network namespace; what it throws is for the next look to find */
  constructor(kernel: OccupantKernel, enter: (place: Place, work: () => void) => void) {
    this.#kernel = kernel;
    this.#enter = enter;
  }

  /** From now on: devices that are wanted, and that hold no program of ours. */
  follow(sights: readonly Sight<Place>[], watched: readonly WatchedDevice[]): void {
    const wanted = new Set(watched.filter(isOthers).map(deviceKey));
    this.#followed = sights.map(({ place, netns, devices }) => ({
      place,
      devices: devices
        .filter(({ name }) =>
          wanted.has(deviceKey(netns === undefined ? { name } : { netns, name })),
        )
        .map(({ ifindex, xdp }) => ({ ifindex, id: programOf(xdp)?.id ?? 0 })),
    }));
  }

  /** Since the last look or the last call. It asks the kernel some times a second, however often it is called. */
  changed(nowMs: number): boolean {
    if (nowMs - this.#askedAtMs < INTERVAL_MS) {
      return false;
    }
    this.#askedAtMs = nowMs;
    let isChanged = false;
    for (const { place, devices } of this.#followed.filter((each) => each.devices.length > 0)) {
      try {
        this.#enter(place, () => {
          for (const device of devices) {
            isChanged = this.#ask(device) || isChanged;
          }
        });
      } catch (error) {
        if (error instanceof NamespaceLostError) {
          throw error;
        }
        isChanged = true;
      }
    }
    return isChanged;
  }

  #ask(device: Followed): boolean {
    const id = this.#kernel.programId(device.ifindex);
    if (id === undefined || id === device.id) {
      return false;
    }
    device.id = id;
    return true;
  }
}

function isOthers({ isWanted, instrument }: WatchedDevice): boolean {
  return isWanted && instrument?.info.role !== 'attached';
}
