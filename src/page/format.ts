// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them.

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const PREFIXES = ['', ' k', ' M', ' G', ' T', ' P', ' E'];

/** Every digit of a counter: "1,234,567". */
export function formatCount(count: number): string {
  return GROUPED.format(count);
}

/** Three digits and a prefix: "0", "7.25", "812", "1.23 M". Below 10 as many decimals as there are. */
export function formatRate(rate: number): string {
  let scaled = rate;
  let prefix = 0;
  // What would be rounded up to "1000" has the next prefix.
  while (scaled >= 999.5 && prefix < PREFIXES.length - 1) {
    scaled /= 1000;
    prefix++;
  }
  const decimals = scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  const digits = scaled.toFixed(decimals);
  return `${prefix === 0 ? String(Number(digits)) : digits}${PREFIXES[prefix]}`;
}

/** "0 %", "<0.1 %", "12.3 %", "100 %". @param share 0 to 1 */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) {
    return '<0.1 %';
  }
  return `${Number((100 * share).toFixed(1))} %`;
}

/** "0–64", "65–128", "over 65,536". @param upper of the bucket; undefined for what is above all */
export function formatBucket(lower: number, upper: number | undefined): string {
  return upper === undefined
    ? `over ${formatCount(lower)}`
    : `${lower === 0 ? 0 : lower + 1}–${upper}`;
}

/** "eth0", or "eth0 in blue" where its namespace has a name. */
export function formatDevice({
  name,
  netns,
}: {
  name: string;
  netns?: string | undefined;
}): string {
  return netns === undefined ? name : `${name} in ${netns}`;
}
