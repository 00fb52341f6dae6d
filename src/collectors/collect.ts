// SPDX-License-Identifier: Apache-2.0
// Runs every collector over one reading, timed and judged in one place: one that fails never costs the snapshot.
import type { Collector, CollectorReport, Reading } from './collector.ts';
import { COLLECTORS, type Parts } from './list.ts';

/** What a piece of work gave and how it fared. */
export interface Judged<Result> {
  readonly report: CollectorReport;
  /** Undefined where the work failed. */
  readonly result?: Result;
  /** What the work threw. */
  readonly error?: unknown;
}

/** Never throws: `work` may. */
export function judge<Result>(name: string, work: () => Result): Judged<Result> {
  const start = process.hrtime.bigint();
  const report = (success: boolean): CollectorReport => ({
    name,
    durationSeconds: Number(process.hrtime.bigint() - start) / 1e9,
    success,
  });
  try {
    const result = work();
    return { report: report(true), result };
  } catch (error) {
    return { report: report(false), error };
  }
}

export interface CollectHooks {
  /** Takes what a collector threw. */
  readonly failed: (name: string, error: unknown) => void;
  /** Called after each collector: what cannot wait for all of them is done here. */
  readonly afterEach?: () => void;
}

export interface Collected {
  readonly parts: Parts;
  /** Of every collector that is switched on, in the order of the list. */
  readonly reports: readonly CollectorReport[];
}

export function collect(reading: Reading, { failed, afterEach }: CollectHooks): Collected {
  const collectors: readonly Collector<keyof Parts, unknown>[] = COLLECTORS;
  const parts: Partial<Record<keyof Parts, unknown>> = {};
  const reports: CollectorReport[] = [];
  for (const collector of collectors) {
    const { report, result, error } = judge(collector.name, () => collector.read(reading));
    if (!report.success) {
      failed(collector.name, error);
    }
    if (!report.success || result !== undefined) {
      reports.push(report);
    }
    if (result !== undefined) {
      parts[collector.name] = result;
    }
    afterEach?.();
  }
  // Each part is that of the collector of its name, which the loop cannot tell the compiler.
  return { parts: parts as Parts, reports };
}
