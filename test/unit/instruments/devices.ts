// SPDX-License-Identifier: Apache-2.0
// Devices as the kernel would list them.
import type { Device } from '../../../src/kernel/device.ts';

/** An Ethernet device that nobody has put a program on. */
export function deviceOf(name: string, ifindex: number, others: Partial<Device> = {}): Device {
  return {
    name,
    ifindex,
    altNames: [],
    mtu: 1500,
    linkType: 1,
    xdp: { native: 0, generic: 0, offload: 0 },
    ...others,
  };
}

/** With the indexes 1, 2, ... */
export function devicesOf(...names: readonly string[]): Device[] {
  return names.map((name, index) => deviceOf(name, index + 1));
}
