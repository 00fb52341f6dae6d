// SPDX-License-Identifier: Apache-2.0
// From the kernel's slots by powers of two to the buckets of the packet size histogram.

const SMALLEST_EXPONENT = 6;
const LARGEST_EXPONENT = 16;

/** Inclusive upper bounds in bytes: 64, 128, ... 65536, from the smallest Ethernet frame to what GRO joins. */
export const SIZE_BOUNDARIES: readonly number[] = Array.from(
  { length: LARGEST_EXPONENT - SMALLEST_EXPONENT + 1 },
  (_, index) => 2 ** (SMALLEST_EXPONENT + index),
);

/** One count per boundary and one for what is longer; `slots` as in `PacketSizes.packets`. */
export function foldSizeSlots(slots: Float64Array): readonly number[] {
  return [
    sum(slots.subarray(0, SMALLEST_EXPONENT + 1)),
    ...slots.subarray(SMALLEST_EXPONENT + 1, LARGEST_EXPONENT + 1),
    sum(slots.subarray(LARGEST_EXPONENT + 1)),
  ];
}

export function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) {
    total += count;
  }
  return total;
}
