// SPDX-License-Identifier: Apache-2.0
// The devices that a selection means now, and whose program is on each: needs no privilege beyond entering a namespace.
import { type DeviceSelection, selectDevices } from '../instruments/selection.ts';
import { defaultRouteDevices } from '../kernel/default-route.ts';
import { listDevices, programOf } from '../kernel/device.ts';
import { findNamespaces } from '../kernel/namespace-view.ts';
import { withinNamespace } from '../kernel/net-namespace.ts';

export interface ChosenDevice {
  /** The kernel's. */
  readonly name: string;
  /** The kernel's id of the program on it, unique on the machine; absent where there is none, or no such device. */
  readonly programId?: number;
}

/**
 * What cannot be entered has no devices here. Throws a NamespaceLostError, which is fatal.
 * @param patterns of network namespaces; none: the process's own
 */
export function chosenDevices(
  selection: DeviceSelection,
  patterns: readonly string[],
): readonly ChosenDevice[] {
  if (patterns.length === 0) {
    return chooseHere(selection);
  }
  return findNamespaces(patterns).namespaces.flatMap(({ path, identity }) =>
    identity === undefined ? [] : withinNamespace(path, () => chooseHere(selection)),
  );
}

function chooseHere(selection: DeviceSelection): readonly ChosenDevice[] {
  const present = listDevices();
  return selectDevices(selection, present, defaultRouteDevices).names.map((name) => {
    const device = present.find((candidate) => candidate.name === name);
    const program = device && programOf(device.xdp);
    return program === undefined ? { name } : { name, programId: program.id };
  });
}
