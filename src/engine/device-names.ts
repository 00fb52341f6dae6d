// SPDX-License-Identifier: Apache-2.0
// The names of devices by slot, as rows of packets show them.
import type { WatchedDevice } from '../instruments/watched-device.ts';

/** Made when they are asked for, and again after the devices may have changed. */
export class DeviceNames {
  readonly #devices: () => readonly WatchedDevice[];
  #names: Readonly<Record<number, string>> | undefined;

  constructor(devices: () => readonly WatchedDevice[]) {
    this.#devices = devices;
  }

  /** "eth0", or "blue/eth0" where the network namespace has a label. */
  get bySlot(): Readonly<Record<number, string>> {
    this.#names ??= Object.fromEntries(
      this.#devices().map(({ slot, netns, name }) => [
        slot,
        netns === undefined ? name : `${netns}/${name}`,
      ]),
    );
    return this.#names;
  }

  /** After each step of a look at the devices. */
  forget(): void {
    this.#names = undefined;
  }
}
