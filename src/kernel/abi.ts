// SPDX-License-Identifier: Apache-2.0
// The TypeScript side of bpf/abi.h. A test compares every number here with the BTF of the compiled objects.
import { FAMILIES, MALFORMED_REASONS, PROTOCOLS } from '../snapshot/logger.ts';

/** A C struct of equally sized unsigned integers or arrays of them: its name, size and field offsets in bytes. */
export interface StructLayout {
  readonly struct: string;
  readonly sizeBytes: number;
  readonly offsets: Readonly<Record<string, number>>;
}

/** Devices that one exporter counts at a time. */
export const MAX_DEVICES = 256;

/** enum xdp_action's five codes, and one for everything else. */
export const ACTION_COUNT = 6;

export const SIZE_SLOTS = 21;

/** How a program learns a frame's length; see frame_length() in bpf/account.h. */
export const LENGTH_SOURCES = { linear: 0, cast: 1, helper: 2 } as const;
export type LengthSource = keyof typeof LENGTH_SOURCES;

export const SETTINGS = {
  struct: 'xdp_settings',
  sizeBytes: 20,
  offsets: { device_slot: 0, length_source: 4, packet_sizes: 8, logger: 12, log_times: 16 },
} as const satisfies StructLayout;

export const TRAFFIC = {
  struct: 'xdp_traffic',
  sizeBytes: 16,
  offsets: { packets: 0, bytes: 8 },
} as const satisfies StructLayout;

export const PACKET_SIZES = {
  struct: 'xdp_packet_sizes',
  sizeBytes: 8 * (SIZE_SLOTS + 1),
  offsets: { packets: 0, bytes: 8 * SIZE_SLOTS },
} as const satisfies StructLayout;

/** One packet; `class` is action (bits 0..2), family (3..4), malformed reason (5..7). */
export const RECORD = {
  struct: 'xdp_record',
  sizeBytes: 32,
  offsets: {
    address: 0,
    source_port: 16,
    destination_port: 18,
    length: 20,
    weight: 24,
    slot: 28,
    protocol: 30,
    class: 31,
  },
} as const satisfies StructLayout;

/** Records in a batch, unless a test's object was built with another number. */
export const BATCH_RECORDS = 64;

/** A batch of `records` records; `times` is sent only where it was asked for. */
export function batchLayout(records: number): {
  readonly sizeBytes: number;
  readonly offsets: { readonly [Field in 'sequence' | 'count' | 'records' | 'times']: number };
} {
  const times = 16 + records * RECORD.sizeBytes;
  return {
    sizeBytes: times + records * 8,
    offsets: { sequence: 0, count: 8, records: 16, times },
  };
}

/** Before the two batches in a value of xdp_batches. */
export const BATCHES = {
  struct: 'xdp_batches',
  sizeBytes: 16 + 2 * batchLayout(BATCH_RECORDS).sizeBytes,
  offsets: { sequence: 0, sample_interval: 8, batch: 16 },
} as const satisfies StructLayout;

const COUNTERS = 3 + MALFORMED_REASONS.length + 2 * FAMILIES.length * PROTOCOLS.length;

export const LOGGER = {
  struct: 'xdp_logger',
  sizeBytes: 8 * COUNTERS + 8,
  offsets: {
    sampled_out: 0,
    ring_full: 8,
    no_ring: 16,
    malformed: 24,
    protocols: 24 + 8 * MALFORMED_REASONS.length,
    countdown: 8 * COUNTERS,
    gap: 8 * COUNTERS + 4,
  },
} as const satisfies StructLayout;
