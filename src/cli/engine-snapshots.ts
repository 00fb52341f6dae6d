// SPDX-License-Identifier: Apache-2.0
// Snapshots of an engine in this process: the engine runs for as long as somebody takes them.
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from '../engine/engine.ts';
import type { EngineOptions } from '../engine/options.ts';
import type { LogRecord } from '../log.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export interface SnapshotPace {
  readonly intervalMs: number;
  /** Ends the snapshots, also in the middle of an interval. */
  readonly signal: AbortSignal;
}

/**
 * One snapshot at once and another after each interval, until the signal. Throws what the engine throws, at the start
 * or later. Everything is detached when it ends, however it ends.
 */
export async function* engineSnapshots(
  options: EngineOptions,
  { intervalMs, signal }: SnapshotPace,
  log: (record: LogRecord) => void,
): AsyncGenerator<Snapshot, void, undefined> {
  const engine = Engine.start(options, { log });
  try {
    while (!signal.aborted) {
      yield engine.snapshot();
      await Promise.race([pause(intervalMs, signal), engine.failed]);
    }
  } finally {
    engine.close();
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
