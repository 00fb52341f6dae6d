// SPDX-License-Identifier: Apache-2.0
// Label objects that stay the same from scrape to scrape, so that an exporter formats each of them only once.
import { type DeviceSnapshot, deviceKey } from '../snapshot/device.ts';
import type { LabelName } from './definition.ts';

export type Labels = Readonly<Partial<Record<LabelName, string>>>;

/** What every series of a device begins with. */
export interface DeviceLabels extends Labels {
  readonly device: string;
  /** As `netns` of the device's snapshot. */
  readonly netns?: string;
}

/** What names a device. */
type NamedDevice = Pick<DeviceSnapshot, 'name' | 'netns'>;

export interface Labelled<Device extends NamedDevice> {
  readonly device: Device;
  /** The same object for as long as the device is in every snapshot. */
  readonly labels: DeviceLabels;
}

export type LabelledDevice = Labelled<DeviceSnapshot>;

/** A function that adds labels to the devices of a snapshot. It forgets every device that it is not given. */
export function createLabelCache<Device extends NamedDevice = DeviceSnapshot>(): (
  devices: readonly Device[],
) => readonly Labelled<Device>[] {
  let cache: ReadonlyMap<string, DeviceLabels> = new Map();
  return (devices) => {
    const next = new Map<string, DeviceLabels>();
    const labelled = devices.map((device) => {
      const key = deviceKey(device);
      const labels = cache.get(key) ?? labelsOf(device);
      next.set(key, labels);
      return { device, labels };
    });
    cache = next;
    return labelled;
  };
}

function labelsOf({ name, netns }: NamedDevice): DeviceLabels {
  return netns === undefined ? { device: name } : { device: name, netns };
}

/**
 * Makes what a collector derives from a device's labels once for each device, and lets go of it with the device.
 * @param create takes the labels of the device
 */
export function perDevice<Derived>(
  create: (labels: DeviceLabels) => Derived,
): (labels: DeviceLabels) => Derived {
  const cache = new WeakMap<DeviceLabels, Derived>();
  return (labels) => {
    let derived = cache.get(labels);
    if (derived === undefined) {
      derived = create(labels);
      cache.set(labels, derived);
    }
    return derived;
  };
}
