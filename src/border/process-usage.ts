// SPDX-License-Identifier: Apache-2.0
// What this process has used, as far as it can be asked for.
import type { ProcessUsage } from '../catalogue/process-families.ts';

export function ownUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, residentBytes: residentBytes() };
}

/**
 * Node opens a file for it. Without a free descriptor it is undefined: that one number is missing then, and no scrape.
 * @param read a test gives its own
 */
export function residentBytes(
  read: () => number = () => process.memoryUsage.rss(),
): number | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
