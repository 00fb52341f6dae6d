// SPDX-License-Identifier: Apache-2.0
// Devices that stand on others: a frame that comes through both is seen on each.
import type { Device } from '../kernel/device.ts';
import type { DeviceSnapshot } from '../snapshot/device.ts';

/** Devices below one, by name; see `DeviceSnapshot`. */
export type Stack = Pick<DeviceSnapshot, 'lower'>;

type StackedDevice = Pick<Device, 'name' | 'ifindex' | 'master' | 'parent'>;

/**
 * For each name of `wanted` those of `wanted` that are below it, however far: the slaves of a bond, the ports of a bridge, the
 * parent of a VLAN. Names that have none below are left out.
 * @param present every device of one network namespace: what is between two that are wanted need not be wanted
 */
export function stacksOf(
  wanted: ReadonlySet<string>,
  present: readonly StackedDevice[],
): ReadonlyMap<string, Stack> {
  const byIndex = new Map(present.map((device) => [device.ifindex, device]));
  const directlyBelow = new Map<number, Set<number>>();
  const putBelow = (upper: number, lower: number) => {
    directlyBelow.set(upper, (directlyBelow.get(upper) ?? new Set()).add(lower));
  };
  for (const { ifindex, master, parent } of present) {
    if (master !== undefined) {
      putBelow(master, ifindex);
    }
    if (parent !== undefined) {
      putBelow(ifindex, parent);
    }
  }
  const result = new Map<string, Stack>();
  for (const { name, ifindex } of directlyBelow.size === 0 ? [] : present) {
    if (!wanted.has(name)) {
      continue;
    }
    const lower = [...reachable(ifindex, directlyBelow)].flatMap((index) => {
      const found = byIndex.get(index)?.name;
      return found !== undefined && found !== name && wanted.has(found) ? [found] : [];
    });
    if (lower.length > 0) {
      result.set(name, { lower: lower.sort() });
    }
  }
  return result;
}

/** A set, so that a ring of devices, which the kernel does not allow, would end all the same. */
function reachable(from: number, edges: ReadonlyMap<number, ReadonlySet<number>>): Set<number> {
  const found = new Set<number>();
  const open = [from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const index of edges.get(next) ?? []) {
      if (!found.has(index)) {
        found.add(index);
        open.push(index);
      }
    }
  }
  return found;
}
