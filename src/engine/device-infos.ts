// SPDX-License-Identifier: Apache-2.0
// What each device that is wanted is: asked of its driver when it is new, and again a few at a time.
import type { DeviceName } from '../instruments/watched-device.ts';
import type { Device } from '../kernel/device.ts';
import type { DeviceInfo } from '../snapshot/device.ts';

/**
 * Devices that are asked again at each look at a namespace, those first whose answers are oldest. It takes some tens of
 * microseconds a device, and the kernel's lock for all devices: hundreds are asked in turn, within a minute.
 */
const ASKED_AGAIN = 16;

/** A namespace at one moment, as `WatchedNamespace`. */
interface Where {
  readonly netns?: string;
  /** Undefined where it is not there now. */
  readonly identity: string | undefined;
}

/** What it takes of the kernel. */
export interface InfoKernel {
  /** What a device is of the namespace that the thread is in. */
  deviceInfo(device: Device): DeviceInfo;
}

interface Answered {
  /** Tells the device from another one of its name. */
  readonly target: string;
  readonly info: DeviceInfo;
}

export class DeviceInfos {
  readonly #kernel: InfoKernel;
  readonly #afterDevice: () => void;
  /** By the label of the namespace, then by the name of the device, the oldest answer first. */
  readonly #answers = new Map<string | undefined, Map<string, Answered>>();

  /** @param afterDevice called after each that was asked: hundreds of them take longer than rings can wait */
  constructor(kernel: InfoKernel, afterDevice: () => void) {
    this.#kernel = kernel;
    this.#afterDevice = afterDevice;
  }

  /** Lets go of namespaces that are not watched any more, or not there. */
  keep(namespaces: readonly Where[]): void {
    const present = namespaces.flatMap(({ netns, identity }) =>
      identity === undefined ? [] : [netns],
    );
    for (const netns of [...this.#answers.keys()].filter((each) => !present.includes(each))) {
      this.#answers.delete(netns);
    }
  }

  /**
   * Asks the devices that are new, whose MTU has changed, and some others.
   * @param devices of the namespace, which the thread is in
   * @param wanted names of those that are wanted
   */
  look({ netns, identity }: Where, devices: readonly Device[], wanted: readonly string[]): void {
    const before = this.#answers.get(netns) ?? new Map<string, Answered>();
    const targetOf = ({ ifindex, mtu }: Device) => `${identity} ${ifindex} ${mtu}`;
    const names = new Set(wanted);
    const present = new Map(
      devices.filter(({ name }) => names.has(name)).map((device) => [device.name, device]),
    );
    const known = [...before].filter(([name, { target }]) => {
      const device = present.get(name);
      return device !== undefined && targetOf(device) === target;
    });
    const after = new Map(known.slice(ASKED_AGAIN));
    this.#answers.set(netns, after);
    const again = known.slice(0, ASKED_AGAIN).map(([name]) => name);
    const unknown = [...present.keys()].filter((name) => !after.has(name));
    for (const name of new Set([...again, ...unknown])) {
      const device = present.get(name) as Device;
      after.set(name, { target: targetOf(device), info: this.#kernel.deviceInfo(device) });
      this.#afterDevice();
    }
  }

  /** As of the last look. */
  of({ netns, name }: DeviceName): DeviceInfo | undefined {
    return this.#answers.get(netns)?.get(name)?.info;
  }
}
