// SPDX-License-Identifier: Apache-2.0
// The kernel's buffers have sizes that are powers of two.

/**
 * The largest power of two that is not above `value`.
 * @param value 1 to before 2^31; a fraction is cut off
 */
export function floorPowerOfTwo(value: number): number {
  return 1 << (31 - Math.clz32(value));
}
