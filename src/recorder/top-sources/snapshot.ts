// SPDX-License-Identifier: Apache-2.0
// The top sources of one device, as they cross the border: plain data.

/** Each number is exact up to 2^53 and never goes back while its series is exported. */
export interface SourceCounts {
  readonly packets: number;
  readonly bytes: number;
}

/** One source, or one prefix. */
interface SourceSeries extends SourceCounts {
  /** "192.0.2.1" or "2001:db8::1"; "192.0.2.0/24" where sources are aggregated to prefixes. */
  readonly address: string;
  /** Since when it counts, ms of the wall clock. */
  readonly startedAtMs: number;
}

/** All packets of the device that were decoded, by source. */
export interface SourcesSnapshot {
  /** At most 2K: K that count now, and K that stopped counting in the last five minutes. */
  readonly sources: readonly SourceSeries[];
  /** All that no series counted when it arrived, so that every packet is in exactly one place. */
  readonly other: SourceCounts;
  /** Sources in the table now. */
  readonly tracked: number;
  /** Sources that had to make room for another one in the table. */
  readonly evicted: number;
}
