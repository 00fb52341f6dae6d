// SPDX-License-Identifier: Apache-2.0
// Numbers for people: three digits and a unit prefix.
import type { Rate } from './report.ts';

const PREFIXES = ['', 'K', 'M', 'G', 'T', 'P'] as const;

/** "0", "0.5", "999", "1.23K", "45.6M": at most six characters below 10^18. Prefixes are powers of 1000. */
export function formatQuantity(value: number): string {
  let scaled = value;
  let prefix = 0;
  while (prefix < PREFIXES.length - 1 && Number(scaled.toPrecision(3)) >= 1000) {
    scaled /= 1000;
    prefix++;
  }
  return prefix === 0 ? formatSmall(scaled) : `${digits(scaled)}${PREFIXES[prefix]}`;
}

function formatSmall(value: number): string {
  return value < 10 ? String(Number(value.toFixed(1))) : value.toFixed(0);
}

/** @param value 1 to 999.5 */
function digits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 100) {
    return rounded.toFixed(0);
  }
  return rounded.toFixed(rounded >= 10 ? 1 : 2);
}

/** "12.3%" */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

export const UNITS = {
  bits: { heading: 'BITS/S', of: ({ bytesPerSecond }) => 8 * bytesPerSecond },
  bytes: { heading: 'BYTES/S', of: ({ bytesPerSecond }) => bytesPerSecond },
} as const satisfies Record<
  string,
  { readonly heading: string; of(rate: Pick<Rate, 'bytesPerSecond'>): number }
>;

export type Unit = keyof typeof UNITS;
