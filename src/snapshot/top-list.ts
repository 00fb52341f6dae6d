// SPDX-License-Identifier: Apache-2.0
// A top list of one device, as it crosses the border: plain data.

/** What there are lists of whose keys are ranked: the largest have a series. */
export const RANKED_LISTS = ['sources', 'destinations', 'ports'] as const;

export type RankedListName = (typeof RANKED_LISTS)[number];

/** What there are lists of: beside the ranked ones, the networks that somebody has named. */
export const TOP_LISTS = [...RANKED_LISTS, 'networks'] as const;

export type TopListName = (typeof TOP_LISTS)[number];

/** Each number is exact up to 2^53 and never goes back while its series is exported. */
export interface Counts {
  readonly packets: number;
  readonly bytes: number;
}

/** What one key counts: an address, a prefix, a port, or a network. */
interface TopSeries extends Counts {
  /**
   * "192.0.2.1" or "2001:db8::1"; "192.0.2.0/24" where addresses are aggregated to prefixes; "udp/53" in a list of
   * ports; a name in a list of networks.
   */
  readonly key: string;
  /** Since when it counts, ms of the wall clock. */
  readonly startedAtMs: number;
}

/** All packets of the device that were decoded, by key. */
export interface TopListSnapshot {
  /**
   * At most 2K: K that count now, and K that stopped counting in the last five minutes. Of networks: every name in the
   * file, and as many as 256 that were in it before.
   */
  readonly series: readonly TopSeries[];
  /** All that no series counted when it arrived, so that every packet is in exactly one place. */
  readonly other: Counts;
  /** Keys in the table now; networks in the file now. */
  readonly tracked: number;
  /** Keys that had to make room for another one in the table; networks that are not exported any more. */
  readonly evicted: number;
}

/** Those of a device that are switched on. */
export type TopListSnapshots = Readonly<Partial<Record<TopListName, TopListSnapshot>>>;
