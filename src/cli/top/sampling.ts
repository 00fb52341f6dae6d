// SPDX-License-Identifier: Apache-2.0
// What sampling means for who reads lists.

/**
 * "1 in 8: lists, queues estimated", or undefined where sampling left nothing out: they are exact then. The interval is
 * the one that was in effect, whichever the program has now.
 * @param read packets whose records were read, or their rate
 * @param leftOut packets that sampling left out, or their rate
 */
export function describeSampling(read: number, leftOut: number): string | undefined {
  if (leftOut === 0) {
    return undefined;
  }
  const interval = Math.max(1.01, (read + leftOut) / read);
  const shown = read === 0 ? 'sampled' : `1 in ${Number(interval.toFixed(interval < 2 ? 2 : 0))}`;
  return `${shown}: lists, queues estimated`;
}
