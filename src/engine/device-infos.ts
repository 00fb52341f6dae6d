// SPDX-License-Identifier: Apache-2.0
// What each device that is wanted is: asked of its driver when it is new, and again a few at a time.
import { performance } from 'node:perf_hooks';
import type { DeviceName } from '../instruments/watch-context.ts';
import type { Device } from '../kernel/device.ts';
import type { DeviceInfo } from '../snapshot/device.ts';

/**
 * Devices that are asked again at each look at a namespace, those first whose answers are oldest: hundreds are asked in
 * turn, within a minute. A driver is asked under the kernel's lock for all devices, which takes a tenth of a millisecond,
 * or as long as somebody else holds it: no more are asked after the second number.
 */
const ASKED_AGAIN = { devices: 16, ms: 5 } as const;

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
    const after = new Map(known);
    this.#answers.set(netns, after);
    const ask = (device: Device) => {
      const info = this.#kernel.deviceInfo(device);
      after.delete(device.name);
      after.set(device.name, { target: targetOf(device), info });
      this.#afterDevice();
    };
    for (const device of [...present.values()].filter(({ name }) => !after.has(name))) {
      ask(device);
    }
    const endMs = performance.now() + ASKED_AGAIN.ms;
    for (const [name] of known.slice(0, ASKED_AGAIN.devices)) {
      if (performance.now() < endMs) {
        ask(present.get(name) as Device);
      }
    }
  }

  /** As of the last look. */
  of({ netns, name }: DeviceName): DeviceInfo | undefined {
    return this.#answers.get(netns)?.get(name)?.info;
  }
}
