// SPDX-License-Identifier: Apache-2.0
// What the SDK's reader exports through: batches of one push in turn, each within its time, none after a failure.
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { core } from '@opentelemetry/sdk-node';
import { connectFailure, type Failure, timeoutFailure } from './failure.ts';
import type { Journal, PartialSuccess } from './journal.ts';
import type { Transport } from './transport.ts';

export interface PushExporter extends PushMetricExporter {
  /** The batches from now on belong to a new push: what failed before is forgotten. */
  beginPush(): void;
  /** For the collector's own words on the batch under way. */
  notePartialSuccess(partial: PartialSuccess): void;
  /** Gives up the push under way; what follows must be done within `limitMs`. */
  hurry(limitMs: number): void;
}

export interface PushExporterOptions {
  readonly connect: () => Transport;
  readonly timeoutMs: number;
  readonly journal: Journal;
}

export function createPushExporter({
  connect,
  timeoutMs,
  journal,
}: PushExporterOptions): PushExporter {
  let transport: Transport | undefined;
  let failed = false;
  let partial: PartialSuccess | undefined;
  let deadlineMs = Number.POSITIVE_INFINITY;
  let giveUp: (() => void) | undefined;

  function disconnect(): void {
    transport?.close();
    transport = undefined;
  }

  /** The library alone would wait for ever where a reply trickles: its time-out is one of silence. */
  async function sendInTime(metrics: ResourceMetrics): Promise<Failure | undefined> {
    const startMs = performance.now();
    const limitMs = Math.max(0, Math.min(timeoutMs, deadlineMs - startMs));
    let timer: NodeJS.Timeout | undefined;
    try {
      transport ??= connect();
      return await Promise.race([
        transport.send(metrics),
        new Promise<Failure>((resolve) => {
          giveUp = () => resolve(timeoutFailure(performance.now() - startMs));
          timer = setTimeout(giveUp, limitMs);
        }),
      ]);
    } catch (error) {
      return connectFailure(error);
    } finally {
      clearTimeout(timer);
      giveUp = undefined;
    }
  }

  async function exportBatch(metrics: ResourceMetrics): Promise<core.ExportResult> {
    if (failed) {
      return { code: core.ExportResultCode.FAILED };
    }
    partial = undefined;
    const failure = await sendInTime(metrics);
    if (failure === undefined) {
      journal.succeeded(partial);
      return { code: core.ExportResultCode.SUCCESS };
    }
    failed = true;
    disconnect();
    journal.failed(failure);
    return { code: core.ExportResultCode.FAILED };
  }

  return {
    beginPush() {
      failed = false;
    },
    notePartialSuccess(said) {
      partial = said;
    },
    hurry(limitMs) {
      deadlineMs = performance.now() + limitMs;
      giveUp?.();
    },
    export(metrics, done) {
      void exportBatch(metrics).then(done);
    },
    async forceFlush() {},
    async shutdown() {
      disconnect();
    },
  };
}
