// SPDX-License-Identifier: Apache-2.0
// Snapshots of devices and their traffic, as far as `top` reads them.
import type { Parts } from '../../../../src/collectors/list.ts';
import type { Traffic } from '../../../../src/collectors/traffic/read.ts';
import type { DeviceSnapshot } from '../../../../src/snapshot/device.ts';
import { ACTIONS } from '../../../../src/snapshot/packet-class.ts';
import type { Snapshot } from '../../../../src/snapshot/snapshot.ts';

export const DROP = 1;
export const PASS = 2;

/** Packets by CPU row and action; bytes are a hundred times that. */
export function trafficOf(...rows: readonly Readonly<Record<number, number>>[]): Traffic {
  const cells = rows.flatMap((row) => ACTIONS.map((_, action) => row[action] ?? 0));
  const cpuPackets = Float64Array.from(cells);
  const packets = Float64Array.from(ACTIONS, (_, action) =>
    rows.reduce((sum, row) => sum + (row[action] ?? 0), 0),
  );
  const toBytes = (count: number) => count * 100;
  return { packets, bytes: packets.map(toBytes), cpuPackets, cpuBytes: cpuPackets.map(toBytes) };
}

/** A device and what was counted on it. */
export interface Counted {
  readonly device: DeviceSnapshot;
  readonly traffic: Traffic | undefined;
}

export function deviceOf(
  traffic?: Traffic,
  name = 'eth0',
  given: Partial<DeviceSnapshot> = {},
): Counted {
  const program = {
    name: 'xdp_exporter',
    id: 1,
    tag: 'feedface',
    mode: 'native',
    role: 'attached',
  } as const;
  const up = { wanted: true, up: true, counted: traffic !== undefined, program };
  return { device: { name, ...up, ...given }, traffic };
}

export function downDevice(traffic?: Traffic, name = 'eth0', reason?: 'occupied'): Counted {
  const { device } = deviceOf(traffic, name);
  const { program: _, ...rest } = device;
  return { device: { ...rest, up: false, ...(reason && { reason }) }, traffic };
}

export function snapshotOf(
  monotonicMs: number,
  counted: readonly Counted[],
  cpus: readonly number[] = [0, 1],
  parts: Parts = {},
): Snapshot {
  return {
    takenAtMs: monotonicMs,
    monotonicMs,
    startedAtMs: 0,
    cpus,
    devices: counted.map(({ device }) => device),
    parts: { traffic: counted.map(({ traffic }) => traffic), ...parts },
    collectors: [],
  };
}
