// SPDX-License-Identifier: Apache-2.0
// What a snapshot has counted of the devices that are looked at, in lists by key.
import { foldSizeSlots, SIZE_BOUNDARIES } from '../collectors/packet-sizes/buckets.ts';
import { deviceKey } from '../snapshot/device.ts';
import type { JsonSnapshot } from '../snapshot/json.ts';
import { ACTIONS, FAMILIES, PROTOCOLS, TCP_FLAG_SETS } from '../snapshot/packet-class.ts';
import type { Counts, CountsByKey } from './flow.ts';
import { formatBucket } from './format.ts';

/** What becomes of a packet's record, by the part's own names. */
const OUTCOMES = ['decoded', 'sampledOut', 'ringFull', 'noRing', 'noEntry', 'pending'] as const;

/** The lists that the page has. */
export const LISTS = {
  /** By action. */
  actions: (snapshot, devices) =>
    collect(snapshot.parts.traffic, devices, ({ packets, bytes }, add) => {
      for (const [index, action] of ACTIONS.entries()) {
        add(action, packets[index], bytes[index]);
      }
    }),
  /** By id. */
  cpus: (snapshot, devices) =>
    collect(snapshot.parts.traffic, devices, ({ cpuPackets, cpuBytes }, add) => {
      for (const [position, cpu] of snapshot.cpus.entries()) {
        const row = position * ACTIONS.length;
        for (let cell = row; cell < row + ACTIONS.length; cell++) {
          add(String(cpu), cpuPackets[cell], cpuBytes[cell]);
        }
      }
    }),
  /** By family and protocol. */
  protocols: (snapshot, devices) =>
    collect(snapshot.parts.protocols, devices, ({ packets, bytes }, add) => {
      for (const [index, name] of PROTOCOL_NAMES.entries()) {
        add(name, packets[index], bytes[index]);
      }
    }),
  /** By the flags that begin and end connections; without bytes. */
  flags: (snapshot, devices) =>
    collect(snapshot.parts.tcp, devices, ({ packets }, add) => {
      for (const [index, name] of TCP_FLAG_SETS.entries()) {
        add(name, packets[index], 0);
      }
    }),
  /** By number, and `OTHER`; without bytes. */
  queues: (snapshot, devices) =>
    collect(snapshot.parts.queues, devices, ({ packets, other }, add) => {
      for (const [queue, count] of packets.entries()) {
        add(String(queue), count, 0);
      }
      add(OTHER, other, 0);
    }),
  /** By bounds in bytes; without bytes. */
  sizes: (snapshot, devices) =>
    collect(snapshot.parts.packet_sizes, devices, ({ packets }, add) => {
      for (const [index, count] of foldSizeSlots(Float64Array.from(packets)).entries()) {
        add(SIZE_NAMES[index] ?? '', count, 0);
      }
    }),
  /** By the list's key, and `OTHER`. */
  sources: (snapshot, devices) => collectList(snapshot.parts.sources, devices),
  destinations: (snapshot, devices) => collectList(snapshot.parts.destinations, devices),
  ports: (snapshot, devices) => collectList(snapshot.parts.ports, devices),
  networks: (snapshot, devices) => collectList(snapshot.parts.networks, devices),
  /** By `OUTCOMES`; without bytes. */
  outcomes: (snapshot, devices) =>
    collect(snapshot.parts.logger?.devices, devices, (outcomes, add) => {
      for (const outcome of OUTCOMES) {
        add(outcome, outcomes[outcome], 0);
      }
    }),
  /** By `deviceKey`, whichever are looked at. */
  devices: ({ devices, parts }) =>
    new Map(
      devices.map((device, index) => {
        const traffic = parts.traffic?.[index];
        const sum = (counts: readonly number[] = []) =>
          counts.reduce((one, other) => one + other, 0);
        return [deviceKey(device), { packets: sum(traffic?.packets), bytes: sum(traffic?.bytes) }];
      }),
    ),
} as const satisfies Record<
  string,
  (snapshot: JsonSnapshot, devices: readonly number[]) => CountsByKey
>;

export type ListName = keyof typeof LISTS;

/** What stands for everything in a top list without a series. */
export const OTHER = 'other';

/** IPv4 and IPv6 by protocol; of what is neither no protocol is known. */
const PROTOCOL_NAMES = FAMILIES.flatMap((family) =>
  PROTOCOLS.map((protocol) => (family === 'other' ? 'not IP' : `${family} ${protocol}`)),
);

const SIZE_NAMES = [...SIZE_BOUNDARIES, undefined].map((upper, index) =>
  formatBucket(SIZE_BOUNDARIES[index - 1] ?? 0, upper),
);

/** @param selected the `deviceKey` of one device, or "" for all @returns where it is in the snapshot */
export function selectDevices({ devices }: JsonSnapshot, selected: string): readonly number[] {
  return [...devices.keys()].filter((index) => {
    const device = devices[index];
    return selected === '' || (device !== undefined && deviceKey(device) === selected);
  });
}

type TopLists = JsonSnapshot['parts']['sources'];

function collectList(parts: TopLists, devices: readonly number[]): CountsByKey {
  return collect(parts, devices, ({ series, other }, add) => {
    for (const { key, packets, bytes } of series) {
      add(key, packets, bytes);
    }
    add(OTHER, other.packets, other.bytes);
  });
}

/** Sums over devices; those that were never counted have nothing. */
function collect<Part>(
  parts: readonly (Part | null | undefined)[] | undefined,
  devices: readonly number[],
  each: (part: Part, add: (key: string, packets?: number, bytes?: number) => void) => void,
): CountsByKey {
  const counts = new Map<string, Counts>();
  const add = (key: string, packets = 0, bytes = 0) => {
    const before = counts.get(key) ?? { packets: 0, bytes: 0 };
    counts.set(key, { packets: before.packets + packets, bytes: before.bytes + bytes });
  };
  for (const index of devices) {
    const part = parts?.[index];
    if (part !== undefined && part !== null) {
      each(part, add);
    }
  }
  return counts;
}
