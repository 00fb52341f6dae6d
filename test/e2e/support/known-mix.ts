// SPDX-License-Identifier: Apache-2.0
// Frames of which every series is known: 50 ports, 3 destinations, 5 sets of TCP flags, 4 VLANs, 24 sources of 12 networks.
import type { MixEntry } from '../../../src/generator/stream.ts';

/** Networks by name, of two sources each. The last four are of IPv6. */
export const NETWORKS: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 12 }, (_, index) => [
    `site-${index}`,
    index < 8 ? `10.${index}.0.0/16` : `2001:db8:${index}::/48`,
  ]),
);

const FLAG_SETS = [
  { name: 'syn', flags: ['syn'] },
  { name: 'synack', flags: ['syn', 'ack'] },
  { name: 'rst', flags: ['rst', 'ack'] },
  { name: 'fin', flags: ['fin', 'ack'] },
  { name: 'other', flags: ['psh', 'ack'] },
] as const;

const VLANS = [10, 20, 30, 4094];
const TCP_PORTS = { from: 1000, to: 1039 };
const UDP_PORTS = { from: 1000, to: 1009 };
const SOURCES = 2;
const LENGTHS = { tcp: 80, udp: 100 };

/** One kind of frame, and what its frames count in. */
interface Kind {
  readonly entry: MixEntry;
  readonly network: string;
  readonly sources: readonly string[];
  readonly destination: string;
  /** Of TCP alone. */
  readonly flags: string | undefined;
  readonly ports: readonly string[];
}

const KINDS: readonly Kind[] = [
  ...Array.from({ length: FLAG_SETS.length * VLANS.length }, (_, index) => kindOf(index, 'tcp')),
  ...Array.from({ length: 5 }, (_, index) => kindOf(index, 'udp')),
];

/** Each kind as often as the others. */
export const KNOWN_MIX: readonly MixEntry[] = KINDS.map(({ entry }) => entry);

/** Any number of frames is a multiple of so many: then each kind has all of its ports and sources as often. */
export const KNOWN_ROUND = KINDS.length * (TCP_PORTS.to - TCP_PORTS.from + 1);

function kindOf(index: number, protocol: 'tcp' | 'udp'): Kind {
  const number = index % NETWORKS.size;
  const family = number < 8 ? 4 : 6;
  const address = (last: number) =>
    family === 4 ? `10.${number}.0.${last}` : `2001:db8:${number}::${last}`;
  const destination = family === 6 ? '2001:2::1' : `198.18.0.${1 + (index % 2)}`;
  const set = FLAG_SETS[index % FLAG_SETS.length];
  const { from, to } = protocol === 'tcp' ? TCP_PORTS : UDP_PORTS;
  return {
    entry: {
      family,
      protocol,
      length: LENGTHS[protocol],
      port: { from, to },
      sources: { kind: 'cycle', count: SOURCES, prefix: `${address(1)}/${family === 4 ? 16 : 48}` },
      destinations: { kind: 'fixed', prefix: `${destination}/${family === 4 ? 32 : 128}` },
      ...(protocol === 'tcp' ? { flags: set?.flags ?? [] } : {}),
      vlan: VLANS[index % VLANS.length] ?? 1,
    },
    network: `site-${number}`,
    sources: [address(1), address(2)],
    destination,
    flags: protocol === 'tcp' ? set?.name : undefined,
    ports: Array.from({ length: to - from + 1 }, (_, port) => `${protocol}/${from + port}`),
  };
}

export interface Expected {
  packets: number;
  bytes: number;
}

/** What a number of frames counts, by key. */
export interface KnownSeries {
  readonly sources: ReadonlyMap<string, Expected>;
  readonly destinations: ReadonlyMap<string, Expected>;
  /** By "tcp/1000". */
  readonly ports: ReadonlyMap<string, Expected>;
  readonly networks: ReadonlyMap<string, Expected>;
  readonly flags: ReadonlyMap<string, Expected>;
  readonly bytes: number;
}

/** @param frames a multiple of `KNOWN_ROUND` */
export function knownSeries(frames: number): KnownSeries {
  const each = frames / KINDS.length;
  const tally = (keysOf: (kind: Kind) => readonly string[]) => {
    const counts = new Map<string, Expected>();
    for (const kind of KINDS) {
      const keys = keysOf(kind);
      for (const key of keys) {
        const { packets, bytes } = counts.get(key) ?? { packets: 0, bytes: 0 };
        const more = each / keys.length;
        counts.set(key, { packets: packets + more, bytes: bytes + more * lengthOf(kind) });
      }
    }
    return counts;
  };
  return {
    sources: tally(({ sources }) => sources),
    destinations: tally(({ destination }) => [destination]),
    ports: tally(({ ports }) => ports),
    networks: tally(({ network }) => [network]),
    flags: tally(({ flags }) => (flags === undefined ? [] : [flags])),
    bytes: KINDS.reduce((sum, kind) => sum + each * lengthOf(kind), 0),
  };
}

function lengthOf({ flags }: Kind): number {
  return flags === undefined ? LENGTHS.udp : LENGTHS.tcp;
}
