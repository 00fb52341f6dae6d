// SPDX-License-Identifier: Apache-2.0
// Times and judges every collector in one place: one that fails leaves its part out, never the snapshot.
import type { CollectorReport } from '../snapshot/snapshot.ts';

export interface Collected<Part> {
  readonly report: CollectorReport;
  /** Absent where the collector failed. */
  readonly part?: Part;
  readonly error?: unknown;
}

export function collect<Part>(name: string, read: () => Part): Collected<Part> {
  const start = process.hrtime.bigint();
  const report = (success: boolean): CollectorReport => ({
    name,
    durationSeconds: Number(process.hrtime.bigint() - start) / 1e9,
    success,
  });
  try {
    const part = read();
    return { report: report(true), part };
  } catch (error) {
    return { report: report(false), error };
  }
}
