// SPDX-License-Identifier: Apache-2.0
// The TypeScript side of bpf/abi.h. A test compares every number here with the BTF of the compiled objects.

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
  sizeBytes: 12,
  offsets: { device_slot: 0, length_source: 4, packet_sizes: 8 },
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
