// SPDX-License-Identifier: Apache-2.0
// Top lists as the product has them, and the sets of them that are measured.
import type { Networks } from '../../src/recorder/networks/networks.ts';
import { TopLists, type TopListsOptions } from '../../src/recorder/top-lists/top-lists.ts';
import { IP_FAMILY } from './fake-ring.ts';

export const DEFAULT_SLOTS = 256;

/** What a record costs, and what for. */
interface Case {
  readonly name: string;
  readonly addresses: number;
  readonly family?: number;
  readonly gate?: number;
  readonly aim?: number;
}

export interface ListSet {
  readonly lists: TopListsOptions['maxSeries'];
  readonly countsQueues?: boolean;
  /** How many there are. */
  readonly networks?: number;
  readonly cases: readonly Case[];
}

const MANY = { name: '1,000 sources', addresses: 1000 };
const ALL = { sources: 20, destinations: 20, ports: 20 };
const ALL_CASES = [
  { name: 'one source', addresses: 1, gate: 60, aim: 30 },
  { ...MANY, gate: 90, aim: 50 },
  { name: 'random over 16 M', addresses: 2 ** 24, gate: 150, aim: 90 },
];

/** Each is measured in a process of its own. */
export const LIST_SETS: Readonly<Record<string, ListSet>> = {
  'sources alone': {
    lists: { sources: 20, destinations: 0, ports: 0 },
    cases: [
      { name: 'one source', addresses: 1, gate: 10, aim: 8 },
      { ...MANY, gate: 30, aim: 20 },
      { name: '1,000 IPv6 sources', addresses: 1000, family: IP_FAMILY.ipv6 },
      { name: 'random over 16 M, table full', addresses: 2 ** 24, gate: 65, aim: 50 },
    ],
  },
  'sources and ports': { lists: { ...ALL, destinations: 0 }, cases: [MANY] },
  'sources and destinations': { lists: { ...ALL, ports: 0 }, cases: [MANY] },
  'sources and networks': {
    lists: { sources: 20, destinations: 0, ports: 0 },
    networks: 12,
    cases: [MANY],
  },
  'all lists': { lists: ALL, countsQueues: true, cases: ALL_CASES },
  'all lists and networks': { lists: ALL, countsQueues: true, networks: 12, cases: ALL_CASES },
};

export function createTopLists(
  tableSize: number,
  slots: number,
  maxSeries: TopListsOptions['maxSeries'],
  networks?: Networks,
): TopLists {
  const options = {
    maxSeries,
    tableSize,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 0.001,
    newSeriesPerHour: 600,
  };
  return new TopLists(slots, options, networks);
}
