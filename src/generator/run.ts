// SPDX-License-Identifier: Apache-2.0
// One run from the first frame to the last: paced, counted, ended by its plan or by a signal.
import { Bursts } from './bursts.ts';
import { type Delivered, type Progress, requireDelivery, settleDelivery } from './delivery.ts';
import type { DeviceCounters } from './device-counters.ts';
import type { GeneratorPlan } from './options.ts';
import { Pace, type Pacing } from './pace.ts';

const REPORT_INTERVAL_MS = 1000;

/** The last line that the generator prints. */
export interface GeneratorResult {
  /** Frames that reached the device's peer. */
  readonly sent: number;
  /** Frames that did not: two generators on one device cannot tell whose, and both count them all. */
  readonly dropped: number;
  /** Of the frames that were sent, without FCS. */
  readonly bytes: number;
  /** From the start to the last frame. */
  readonly seconds: number;
  /** null where the thread was not pinned to one. */
  readonly cpu: number | null;
}

/** A line per second, where asked for: `{"progress": ...}`. What was handed to the device by then. */
export interface ProgressReport extends Progress {
  readonly seconds: number;
}

/** What a run needs of the machine; a test gives its own. */
export interface RunParts {
  readonly program: { send(frames: number): void; progress(): Progress };
  readonly readCounters: () => DeviceCounters;
  /** Aborted by a signal, or when the parent has died. */
  readonly signal: AbortSignal;
  /** In ms; never goes back. */
  readonly now: () => number;
  /** 0 lets signals in and goes on. */
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly report: (report: ProgressReport) => void;
}

/** Resolves to the count, however the run ended. Rejects where the first frames do not arrive. */
export async function runGenerator(plan: GeneratorPlan, parts: RunParts): Promise<GeneratorResult> {
  const { program, now, sleep, signal } = parts;
  const before = parts.readCounters();
  const settle = (progress: Progress): Promise<Delivered> =>
    settleDelivery(progress, before, parts.readCounters, sleep);
  const startMs = now();
  const secondsUntil = (ms: number) => (ms - startMs) / 1000;
  const pace = pacingOf(plan, startMs);
  let progress: Progress = { frames: 0, bytes: 0 };
  let lastMs = startMs;
  let reportMs = startMs + REPORT_INTERVAL_MS;

  while (!signal.aborted && progress.frames < plan.frames) {
    const runMs = now();
    if (secondsUntil(runMs) >= plan.durationSeconds) {
      break;
    }
    const { frames } = progress;
    const due = Math.min(pace.due(runMs), plan.frames - frames);
    if (due > 0) {
      program.send(due);
      progress = program.progress();
      lastMs = now();
    }
    if (frames === 0 && progress.frames > 0) {
      requireDelivery(await settle(progress), plan.device);
    }
    if (now() >= reportMs) {
      reportMs += REPORT_INTERVAL_MS;
      parts.report({ ...progress, seconds: secondsUntil(lastMs) });
    }
    await sleep(pace.ran(progress.frames - frames, lastMs - runMs));
  }
  return { ...(await settle(progress)), seconds: secondsUntil(lastMs), cpu: plan.cpu ?? null };
}

function pacingOf({ rate, burst }: GeneratorPlan, startMs: number): Pacing {
  return burst === undefined ? new Pace(rate, startMs) : new Bursts(burst, startMs);
}
