// SPDX-License-Identifier: Apache-2.0
// What the SDK's reader exports through: batches of one push in turn, each within its time and all within an interval.
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { core } from '@opentelemetry/sdk-node';
import {
  concernsRequestAlone,
  connectFailure,
  type Failure,
  overtimeFailure,
  timeoutFailure,
} from './failure.ts';
import type { Journal, PartialSuccess } from './journal.ts';
import type { Transport } from './transport.ts';

export interface PushExporter extends PushMetricExporter {
  /** The batches from now on belong to a new push: what failed before is forgotten. */
  beginPush(): void;
  /** How many points the push has: the reader tells of no batch that it is the last. */
  expectPoints(points: number): void;
  /** For the collector's own words on the batch under way. */
  notePartialSuccess(partial: PartialSuccess): void;
  /** Leaves off the push under way, which nobody waits for any more; the next must be done within `limitMs`. */
  hurry(limitMs: number): void;
}

/** No answer came, but nor was it given the time. */
const LEFT_OFF = Symbol('left off');

export interface PushExporterOptions {
  readonly connect: () => Transport;
  /** For one batch. */
  readonly timeoutMs: number;
  /** For all batches of a push. */
  readonly intervalMs: number;
  readonly journal: Journal;
}

export function createPushExporter({
  connect,
  timeoutMs,
  intervalMs,
  journal,
}: PushExporterOptions): PushExporter {
  let transport: Transport | undefined;
  /** Nothing more of the push is sent. */
  let stopped = false;
  let pointsLeft = 0;
  /** From the first batch on. */
  let pushEndMs: number | undefined;
  let partial: PartialSuccess | undefined;
  let deadlineMs = Number.POSITIVE_INFINITY;
  let leaveOff: (() => void) | undefined;

  function disconnect(): void {
    transport?.close();
    transport = undefined;
  }

  /** The library alone would wait for ever where a reply trickles: its time-out is one of silence. */
  async function sendInTime(
    metrics: ResourceMetrics,
  ): Promise<Failure | typeof LEFT_OFF | undefined> {
    const startMs = performance.now();
    pushEndMs ??= startMs + intervalMs;
    const leftMs = Math.max(0, pushEndMs - startMs);
    const limitMs = Math.min(timeoutMs, leftMs, Math.max(0, deadlineMs - startMs));
    const late = () =>
      limitMs === leftMs && leftMs < timeoutMs
        ? overtimeFailure(intervalMs)
        : timeoutFailure(performance.now() - startMs);
    let timer: NodeJS.Timeout | undefined;
    try {
      transport ??= connect();
      return await Promise.race([
        transport.send(metrics),
        new Promise<Failure | typeof LEFT_OFF>((resolve) => {
          leaveOff = () => resolve(LEFT_OFF);
          timer = setTimeout(() => resolve(late()), limitMs);
        }),
      ]);
    } catch (error) {
      return connectFailure(error);
    } finally {
      clearTimeout(timer);
      leaveOff = undefined;
    }
  }

  /** @returns whether the collector took the batch */
  async function sendBatch(metrics: ResourceMetrics): Promise<boolean> {
    partial = undefined;
    const failure = await sendInTime(metrics);
    if (failure === undefined) {
      journal.succeeded(partial);
      return true;
    }
    if (failure === LEFT_OFF) {
      disconnect();
      return false;
    }
    journal.failed(failure);
    if (!concernsRequestAlone(failure)) {
      stopped = true;
      disconnect();
    }
    return false;
  }

  async function exportBatch(metrics: ResourceMetrics): Promise<core.ExportResult> {
    const taken = !stopped && (await sendBatch(metrics));
    pointsLeft -= countPoints(metrics);
    if (!stopped && pointsLeft <= 0) {
      journal.endPush();
    }
    return { code: taken ? core.ExportResultCode.SUCCESS : core.ExportResultCode.FAILED };
  }

  return {
    beginPush() {
      stopped = false;
      pushEndMs = undefined;
      journal.beginPush();
    },
    expectPoints(points) {
      pointsLeft = points;
    },
    notePartialSuccess(said) {
      partial = said;
    },
    hurry(limitMs) {
      deadlineMs = performance.now() + limitMs;
      stopped = true;
      leaveOff?.();
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

export function countPoints({ scopeMetrics }: Pick<ResourceMetrics, 'scopeMetrics'>): number {
  let points = 0;
  for (const { metrics } of scopeMetrics) {
    for (const { dataPoints } of metrics) {
      points += dataPoints.length;
    }
  }
  return points;
}
