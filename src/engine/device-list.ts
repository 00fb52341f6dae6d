// SPDX-License-Identifier: Apache-2.0
// The devices there are, for a user who has yet to choose: needs no privilege beyond entering a namespace.
import { ConfigError } from '../errors.ts';
import { type Device, listDevices } from '../kernel/device.ts';
import { readDriver } from '../kernel/ethtool.ts';
import { findNamespaces } from '../kernel/namespace-view.ts';
import { withinNamespace } from '../kernel/net-namespace.ts';
import { hasNativeXdp } from '../kernel/xdp-features.ts';
import { REASONS } from '../reasons.ts';
import { namespaceLabel } from './namespaces.ts';
import { readOccupant } from './occupant.ts';

export interface DeviceDescription {
  /** Where devices of several network namespaces are described. */
  readonly netns?: string;
  readonly name: string;
  readonly driver: string;
  /** Whether its driver has native XDP; undefined where the kernel cannot tell (before 6.3). */
  readonly native?: boolean;
  /** Name and id of the program on it, if any. */
  readonly occupant?: string;
}

/**
 * The devices of every namespace that is there. Throws what `visitNamespaces` throws.
 * @param patterns as there
 */
export function describeDevices(patterns: readonly string[]): readonly DeviceDescription[] {
  return visitNamespaces(patterns, (netns) => {
    const devices = listDevices().map(describe);
    return netns === undefined ? devices : devices.map((device) => ({ netns, ...device }));
  }).flat();
}

/**
 * What `visit` gives in every namespace that is there, called with its label in that namespace. Throws a ConfigError
 * where a pattern leads to none, and a NamespaceLostError, which is fatal.
 * @param patterns names, paths and globs of network namespaces; none: the process's own
 */
export function visitNamespaces<Result>(
  patterns: readonly string[],
  visit: (netns: string | undefined) => Result,
): readonly Result[] {
  if (patterns.length === 0) {
    return [visit(undefined)];
  }
  const { namespaces, unmatched } = findNamespaces(patterns);
  const problems = [
    ...namespaces.flatMap((view) => (view.identity === undefined ? [view.reason] : [])),
    ...unmatched.map((pattern) => `find network namespace "${pattern}": none matches`),
  ];
  if (problems[0] !== undefined) {
    throw new ConfigError(`${problems[0]}; ${REASONS.no_namespace.remedy}`);
  }
  return namespaces.map((view) =>
    withinNamespace(view.path, () => visit(namespaceLabel(view, patterns))),
  );
}

/** In its namespace. */
function describe(device: Device): DeviceDescription {
  const native = hasNativeXdp(device.ifindex);
  const occupant = readOccupant(device);
  return {
    name: device.name,
    driver: readDriver(device) ?? '-',
    ...(native === undefined ? {} : { native }),
    ...(occupant === undefined ? {} : { occupant: `${occupant.name} (id ${occupant.id})` }),
  };
}
