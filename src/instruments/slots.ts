// SPDX-License-Identifier: Apache-2.0
// Which device's counters are in which slot: a device keeps its own for as long as there are slots for all.
import { deviceKey } from '../snapshot/device.ts';
import type { Estate } from './inheritance.ts';
import type { DeviceName, WatchContext } from './watch-context.ts';
import { WatchedDevice } from './watched-device.ts';

/**
 * A slot is given to another device no sooner than this after its instrument was closed: until then a program that
 * was running on another CPU may still count in it.
 */
const QUIET_MS = 100;

/** Gives slots to devices, and takes back only what nobody wants. */
export class SlotTable {
  readonly #context: WatchContext;
  readonly #clear: (slot: number) => void;
  readonly #devices = new Map<string, WatchedDevice>();
  readonly #free: number[];

  /**
   * @param slots how many there are
   * @param clear called for a slot that another device is to have, while the device before still owns it
   * @param inherited devices whose counters are in slots already, none of which is wanted yet
   */
  constructor(
    slots: number,
    context: WatchContext,
    clear: (slot: number) => void,
    inherited: Estate['devices'] = new Map(),
  ) {
    this.#context = context;
    this.#clear = clear;
    for (const [slot, device] of inherited) {
      this.#devices.set(
        deviceKey(device),
        new WatchedDevice(device, slot, context, device.startedAtMs),
      );
    }
    this.#free = Array.from({ length: slots }, (_, slot) => slots - 1 - slot).filter(
      (slot) => !inherited.has(slot),
    );
  }

  /** In the order in which they got their slots. */
  devices(): readonly WatchedDevice[] {
    return [...this.#devices.values()];
  }

  /** How many slots a reader must read to see every device's. */
  get used(): number {
    let used = 0;
    for (const { slot } of this.#devices.values()) {
      used = Math.max(used, slot + 1);
    }
    return used;
  }

  /**
   * The device of that name: with its old slot, or with one that nobody has, or with that of the device that has not
   * been wanted for longest. Undefined where every slot belongs to a device that is wanted or was so a moment ago.
   * Throws what `clear` throws, and then the device before keeps its slot.
   */
  want(name: DeviceName): WatchedDevice | undefined {
    const key = deviceKey(name);
    const known = this.#devices.get(key);
    if (known !== undefined) {
      known.want();
      return known;
    }
    const slot = this.#free.pop() ?? this.#takeBack();
    if (slot === undefined) {
      return undefined;
    }
    const device = new WatchedDevice(name, slot, this.#context);
    this.#devices.set(key, device);
    return device;
  }

  /** One that never counted has nothing to keep, and leaves its slot as clean as it was. */
  letGo(device: WatchedDevice): void {
    device.letGo();
    if (!device.isCounted) {
      this.#devices.delete(deviceKey(device));
      this.#free.push(device.slot);
    }
  }

  #takeBack(): number | undefined {
    const nowMs = this.#context.nowMs();
    let oldest: WatchedDevice | undefined;
    for (const device of this.#devices.values()) {
      if (!device.isWanted && device.unwantedAtMs < (oldest?.unwantedAtMs ?? nowMs)) {
        oldest = device;
      }
    }
    if (oldest === undefined || nowMs - oldest.unwantedAtMs < QUIET_MS) {
      return undefined;
    }
    this.#clear(oldest.slot);
    this.#devices.delete(deviceKey(oldest));
    return oldest.slot;
  }
}
