// SPDX-License-Identifier: Apache-2.0
// What `top` prints of two snapshots: totals, and rates over the time between them.
import {
  ACTIONS,
  type DeviceSnapshot,
  type ProgramMode,
  type Snapshot,
} from '../snapshot/snapshot.ts';
import { printableName } from './printable.ts';

interface Count {
  readonly packets: number;
  readonly bytes: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** One device's part of a table, in the shape that `-o json` prints. */
interface TopDevice {
  readonly device: string;
  readonly up: boolean;
  readonly mode?: ProgramMode;
  readonly actions: readonly ({ readonly action: string } & Count)[];
  readonly cpus: readonly ({ readonly cpu: number } & Count)[];
  readonly total: Count;
}

export interface TopTable {
  /** RFC 3339. */
  readonly time: string;
  readonly devices: readonly TopDevice[];
}

export function topTable(before: Snapshot, after: Snapshot): TopTable {
  const seconds = Math.max(0.001, (after.takenAtMs - before.takenAtMs) / 1000);
  return {
    time: new Date(after.takenAtMs).toISOString(),
    devices: after.devices.map((device) => {
      const earlier = before.devices.find(({ name }) => name === device.name);
      const counts = countDevice(device, after.cpus);
      const earlierCounts = countDevice(earlier, before.cpus);
      const rate = (key: string) => {
        const [packets = 0, bytes = 0] = counts.get(key) ?? [];
        // Without an earlier count there is no rate: the CPU was offline, or the read failed.
        const [packetsBefore, bytesBefore] = earlierCounts.get(key) ?? [packets, bytes];
        return {
          packets,
          bytes,
          packetsPerSecond: Math.max(0, packets - packetsBefore) / seconds,
          bytesPerSecond: Math.max(0, bytes - bytesBefore) / seconds,
        };
      };
      return {
        device: device.name,
        up: device.up,
        ...(device.program === undefined ? {} : { mode: device.program.mode }),
        actions: ACTIONS.map((action) => ({ action, ...rate(action) })),
        cpus: after.cpus.map((cpu) => ({ cpu, ...rate(`cpu ${cpu}`) })),
        total: rate('total'),
      };
    }),
  };
}

/** [packets, bytes] by "pass", "cpu 0", "total" and their like. */
function countDevice(
  device: DeviceSnapshot | undefined,
  cpus: readonly number[],
): Map<string, [packets: number, bytes: number]> {
  const counts = new Map<string, [number, number]>();
  const traffic = device?.traffic;
  if (traffic === undefined) {
    return counts;
  }
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  for (const [index, action] of ACTIONS.entries()) {
    counts.set(action, [traffic.packets[index] ?? 0, traffic.bytes[index] ?? 0]);
  }
  for (const [index, cpu] of cpus.entries()) {
    const row = [index * ACTIONS.length, (index + 1) * ACTIONS.length] as const;
    counts.set(`cpu ${cpu}`, [
      sum(traffic.cpuPackets.subarray(...row)),
      sum(traffic.cpuBytes.subarray(...row)),
    ]);
  }
  counts.set('total', [sum(traffic.packets), sum(traffic.bytes)]);
  return counts;
}

/** Plain text, no escape codes: readable in a pipe, a pager and a log. */
export function formatTop(table: TopTable): string {
  return table.devices.map((device) => formatDevice(table.time, device)).join('\n');
}

const HEADER = ['', 'PACKETS', 'PACKETS/S', 'BYTES', 'BYTES/S'];

function formatDevice(time: string, device: TopDevice): string {
  const state = device.up ? (device.mode ?? 'up') : 'down';
  const rows = [
    HEADER,
    ...device.actions.map((row) => formatRow(row.action, row)),
    ...device.cpus.map((row) => formatRow(`cpu ${row.cpu}`, row)),
    formatRow('total', device.total),
  ];
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), column === 0 ? 8 : 11),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  return `${time}  ${printableName(device.device)}  ${state}\n${lines.join('\n')}\n`;
}

function formatRow(label: string, count: Count): string[] {
  const numbers = [count.packets, count.packetsPerSecond, count.bytes, count.bytesPerSecond];
  return [label, ...numbers.map((number) => Math.round(number).toString())];
}
