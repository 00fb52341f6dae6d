// SPDX-License-Identifier: Apache-2.0
// What one snapshot holds of one device.
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { TopListName } from '../../snapshot/top-list.ts';
import type { Counted } from './rates.ts';

/** What a snapshot holds of one device: each part is undefined where it was not read. */
export type Reading = ReturnType<ReturnType<typeof readerOf>>;

/** By the index of a device; before it was there each part is undefined. */
export function readerOf({ parts, cpus }: Snapshot) {
  const rows = new Map(cpus.map((cpu, row) => [cpu, row]));
  return (index = -1) => ({
    cpus,
    rows,
    traffic: parts.traffic?.[index],
    protocols: parts.protocols?.[index],
    sizes: parts.packet_sizes?.[index],
    tcp: parts.tcp?.[index],
    queues: parts.queues?.[index],
    outcomes: parts.logger?.devices[index],
    peaks: parts.peaks?.[index],
    cost: parts.program_cost?.devices[index],
    list: (name: TopListName) => parts[name]?.[index],
  });
}

export const NOTHING: Counted = { packets: 0, bytes: 0 };

interface Counts {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

export function countedAt(counts: Counts | undefined, index: number): Counted | undefined {
  return counts && { packets: counts.packets[index] ?? 0, bytes: counts.bytes[index] ?? 0 };
}
