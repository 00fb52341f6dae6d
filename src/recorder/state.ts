// SPDX-License-Identifier: Apache-2.0
// How the recorder stands, as it crosses the border: plain data.

/** One CPU's ring. */
export interface RingState {
  readonly cpu: number;
  /** Of its records, without headers. */
  readonly sizeBytes: number;
  /** The largest part of it that a drain found filled in the last minute, 0..1. */
  readonly fillRatioMax: number;
}

/** What kind of thing was found that no program of ours can have written. */
export const CORRUPTION_KINDS = ['record', 'position', 'interval'] as const;
export type CorruptionKind = (typeof CORRUPTION_KINDS)[number];

/** The readers of packets beside the top sources. */
export interface TapState {
  /** Those there are now. */
  readonly open: number;
  /** Rows handed over to all that there ever were, and records that they missed: see PacketCounts. */
  readonly rows: number;
  readonly missed: number;
}

export interface RecorderState {
  /** One packet in so many is recorded; 1 is every packet. */
  readonly sampleInterval: number;
  /** Of the CPUs that have one now, ascending. */
  readonly rings: readonly RingState[];
  /**
   * Since the start, over all CPUs that ever had a ring: records left out, and times that a position or the sample
   * interval was set right.
   *
   * Packets whose records were left out for it are in no term of the loss budget, since nothing tells whose they
   * were: they stay pending for good, and that a device's pending packets do not come down at rest says that records
   * are missing. Forged records may decode more than was seen: pending is then 0.
   */
  readonly corruptions: Readonly<Record<CorruptionKind, number>>;
}
