// SPDX-License-Identifier: Apache-2.0
// The logger's part of a snapshot: where every packet went, what it was, and how the rings stand.

/** Index in each list = index in the arrays below = code in the BPF maps. */
export const FAMILIES = ['other', 'ipv4', 'ipv6'] as const;
export const PROTOCOLS = ['other', 'tcp', 'udp', 'icmp', 'sctp'] as const;
export const MALFORMED_REASONS = [
  'none',
  'truncated_link',
  'truncated_network',
  'wrong_version',
  'wrong_header_length',
  'wrong_total_length',
  'too_many_extensions',
  'truncated_transport',
] as const;

/**
 * Of one device, in packets since it was first attached. At rest the four outcomes add up to the packets that the
 * logger saw; while packets flow, `pending` is what is still under way. None of the counters goes back.
 */
export interface DeviceLog {
  readonly decoded: number;
  readonly sampledOut: number;
  /** Lost because a ring had no room. */
  readonly ringFull: number;
  /** Lost because a CPU had no ring. */
  readonly noRing: number;
  /** A gauge, never negative. */
  readonly pending: number;
  /** By family x protocol: `[family * PROTOCOLS.length + protocol]`; exact whatever the sampling. */
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** By reason; the first one is always zero. */
  readonly malformed: Float64Array;
}

/** One CPU's perf ring. */
export interface RingState {
  readonly cpu: number;
  readonly sizeBytes: number;
  /** The largest part of it that a drain found filled in the last minute, 0..1. */
  readonly fillRatioMax: number;
}

export interface LoggerState {
  /** One packet in so many is recorded. */
  readonly sampleInterval: number;
  readonly rings: readonly RingState[];
}
