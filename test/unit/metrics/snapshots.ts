// SPDX-License-Identifier: Apache-2.0
// Snapshots as the engine would send them, with numbers that tell every cell apart.
import {
  ACTIONS,
  type DeviceSnapshot,
  type PacketSizes,
  type Snapshot,
  type Traffic,
} from '../../../src/snapshot/snapshot.ts';

const PACKET_BYTES = 100;

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
function packetSizesOf(): PacketSizes {
  return { packets: Float64Array.from({ length: 21 }, (_, slot) => 2 ** slot), bytes: 123_456 };
}

export function deviceOf(name: string, traffic: Traffic): DeviceSnapshot {
  return {
    name,
    up: true,
    program: { name: 'xdp_exporter', id: 42, tag: '0123456789abcdef', mode: 'native' },
    traffic,
    packetSizes: packetSizesOf(),
  };
}

export function snapshotOf(
  devices: readonly DeviceSnapshot[],
  cpus: readonly number[] = [0, 1],
): Snapshot {
  return {
    takenAtMs: 1_700_000_000_000,
    cpus,
    devices,
    collectors: [
      { name: 'traffic', durationSeconds: 0.0025, success: true },
      { name: 'packet_sizes', durationSeconds: 0.5, success: false },
    ],
  };
}
