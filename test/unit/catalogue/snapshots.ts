// SPDX-License-Identifier: Apache-2.0
// Snapshots as the engine would send them, with numbers that tell every cell apart.
import type { FamilyContext } from '../../../src/collectors/collector.ts';
import type { Parts } from '../../../src/collectors/list.ts';
import type { PacketSizes } from '../../../src/collectors/packet-sizes/collector.ts';
import type { Traffic } from '../../../src/collectors/traffic/read.ts';
import type { Family } from '../../../src/metrics/family.ts';
import { createLabelCache } from '../../../src/metrics/labels.ts';
import type { DeviceSnapshot } from '../../../src/snapshot/device.ts';
import { ACTIONS } from '../../../src/snapshot/packet-class.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';

const PACKET_BYTES = 100;

/** When the engine of every snapshot here started. */
export const STARTED_AT_MS = 1_690_000_000_000;

/** Packets of CPU row r and action a are `10 * r + a + 1`; the bytes are a hundred times that. */
export function trafficOf(cpuCount: number, actions: readonly number[] = [2]): Traffic {
  const cpuPackets = new Float64Array(cpuCount * ACTIONS.length);
  const packets = new Float64Array(ACTIONS.length);
  for (let row = 0; row < cpuCount; row++) {
    for (const action of actions) {
      const count = 10 * row + action + 1;
      cpuPackets[row * ACTIONS.length + action] = count;
      packets[action] = (packets[action] ?? 0) + count;
    }
  }
  const toBytes = (count: number) => count * PACKET_BYTES;
  return { packets, bytes: packets.map(toBytes), cpuPackets, cpuBytes: cpuPackets.map(toBytes) };
}

/** Slot i of 21 holds 2^i packets, so that every sum of slots is unlike any other. */
export function packetSizesOf(): PacketSizes {
  return { packets: Float64Array.from({ length: 21 }, (_, slot) => 2 ** slot), bytes: 123_456 };
}

/** One that is counted, where `given` does not say otherwise. */
export function deviceOf(name: string, given: Partial<DeviceSnapshot> = {}): DeviceSnapshot {
  return {
    name,
    wanted: true,
    up: true,
    program: {
      name: 'xdp_exporter',
      id: 42,
      tag: '0123456789abcdef',
      mode: 'native',
      role: 'attached',
    },
    counted: true,
    ...given,
  };
}

/** One that is wanted and was never attached. */
export function absentDevice(name: string): DeviceSnapshot {
  return { name, wanted: true, up: false, reason: 'absent', counted: false };
}

export function snapshotOf(
  devices: readonly DeviceSnapshot[],
  parts: Parts = {},
  cpus: readonly number[] = [0, 1],
): Snapshot {
  return {
    takenAtMs: 1_700_000_000_000,
    monotonicMs: 5_000,
    startedAtMs: STARTED_AT_MS,
    cpus,
    devices,
    parts,
    collectors: [
      { name: 'traffic', durationSeconds: 0.0025, success: true },
      { name: 'packet_sizes', durationSeconds: 0.5, success: false },
    ],
  };
}

/** What a collector's families are given beside its part. */
export function contextOf(
  devices: readonly DeviceSnapshot[],
  cpus: readonly number[] = [0, 1],
): FamilyContext {
  return { devices: createLabelCache()(devices), cpus, startedAtMs: STARTED_AT_MS };
}

/** Without their starts, which have tests of their own. Throws unless there is exactly one family of the name. */
export function samplesOf(families: readonly Family[], name: string): readonly object[] {
  const [found, ...others] = families.filter(({ definition }) => definition.name === name);
  if (found === undefined || others.length > 0) {
    throw new Error(`${others.length + Number(found !== undefined)} families are called ${name}`);
  }
  return found.samples.map((sample) => {
    const { startedAtMs: _, ...rest } = sample;
    return rest;
  });
}
