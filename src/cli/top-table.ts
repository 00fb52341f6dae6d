// SPDX-License-Identifier: Apache-2.0
// What `top` prints of two snapshots: totals, and rates over the time between them.
import type { Traffic } from '../collectors/traffic/read.ts';
import {
  type DeviceSnapshot,
  type DownReason,
  deviceKey,
  type ProgramMode,
} from '../snapshot/device.ts';
import { ACTIONS } from '../snapshot/packet-class.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
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
  readonly netns?: string;
  readonly up: boolean;
  readonly reason?: DownReason;
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

/** Devices that are not wanted any more are left out. */
export function topTable(before: Snapshot, after: Snapshot): TopTable {
  const seconds = Math.max(0.001, (after.monotonicMs - before.monotonicMs) / 1000);
  const earlier = new Map(
    before.devices.map((device, index) => [deviceKey(device), before.parts.traffic?.[index]]),
  );
  return {
    time: new Date(after.takenAtMs).toISOString(),
    devices: after.devices.flatMap((device, index) => {
      if (!device.wanted) {
        return [];
      }
      const counts = countDevice(after.parts.traffic?.[index], after.cpus);
      const earlierCounts = countDevice(earlier.get(deviceKey(device)), before.cpus);
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
      return [
        {
          ...describe(device),
          actions: ACTIONS.map((action) => ({ action, ...rate(action) })),
          cpus: after.cpus.map((cpu) => ({ cpu, ...rate(`cpu ${cpu}`) })),
          total: rate('total'),
        },
      ];
    }),
  };
}

function describe({
  name,
  netns,
  up,
  reason,
  program,
}: DeviceSnapshot): Omit<TopDevice, 'actions' | 'cpus' | 'total'> {
  return {
    device: name,
    ...(netns === undefined ? {} : { netns }),
    up,
    ...(reason === undefined ? {} : { reason }),
    ...(program === undefined ? {} : { mode: program.mode }),
  };
}

/** [packets, bytes] by "pass", "cpu 0", "total" and their like. */
function countDevice(
  traffic: Traffic | undefined,
  cpus: readonly number[],
): Map<string, [packets: number, bytes: number]> {
  const counts = new Map<string, [number, number]>();
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
  return `${time}  ${formatName(device)}  ${formatState(device)}\n${lines.join('\n')}\n`;
}

function formatName({ device, netns }: TopDevice): string {
  const name = printableName(device);
  return netns === undefined ? name : `${name} in ${printableName(netns)}`;
}

function formatState({ up, mode, reason }: TopDevice): string {
  if (up) {
    return mode ?? 'up';
  }
  return reason === undefined ? 'down' : `down (${reason})`;
}

function formatRow(label: string, count: Count): string[] {
  const numbers = [count.packets, count.packetsPerSecond, count.bytes, count.bytesPerSecond];
  return [label, ...numbers.map((number) => Math.round(number).toString())];
}
