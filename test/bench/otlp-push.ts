// SPDX-License-Identifier: Apache-2.0
// A process that pushes a made-up snapshot of many series, and tells for how long its main thread was blocked meanwhile.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { createFamilies } from '../../src/catalogue/families.ts';
import { toMetricData } from '../../src/export/otlp/metric-data.ts';
import { type Push, startPush } from '../../src/export/otlp/push.ts';
import { REQUEST_POINTS } from '../../src/export/otlp/push-exporter.ts';
import type { OtlpSettings } from '../../src/export/otlp/settings.ts';
import { createLog } from '../../src/log.ts';
import { makeSnapshot } from './many-series.ts';

const INTERVAL_MS = 400;
const WARM_UP = 10;
const EXPORTS = 15;
const COLLECTIONS = 100;
const ROUNDS = 3;

export interface PushFigures {
  readonly points: number;
  /** Families and their translation, for each export. */
  readonly collectMs: readonly number[];
  /** The longest block of each round of exports. */
  readonly blockMs: readonly number[];
  /** The same of rounds in which nothing happens. */
  readonly idleMs: readonly number[];
}

const snapshot = makeSnapshot();
const families = createFamilies({ version: 'bench', nodeVersion: process.version });
const points = families(snapshot).reduce((sum, { samples }) => sum + samples.length, 0);

async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return delay.max / 1e6;
}

async function untilSent(push: Push, exports: number): Promise<void> {
  const requests = push.state().exports.success + exports;
  while (push.state().exports.success < requests) {
    await setTimeout(20);
  }
}

const collectMs: number[] = [];
for (let collection = 0; collection < WARM_UP + COLLECTIONS; collection++) {
  const startMs = performance.now();
  toMetricData(families(snapshot), Date.now());
  collectMs.push(performance.now() - startMs);
  await setTimeout(1);
}
collectMs.splice(0, WARM_UP);
const idleMs: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  idleMs.push(await longestBlock(() => setTimeout(EXPORTS * INTERVAL_MS)));
}
const push = startPush({
  settings: {
    url: `${process.argv[2]}/v1/metrics`,
    protocol: process.argv[3] as OtlpSettings['protocol'],
    headers: {},
    intervalMs: INTERVAL_MS,
    timeoutMs: INTERVAL_MS,
    compression: 'gzip',
    certificates: {},
    attributes: {},
  },
  identity: { version: 'bench', listenAddress: ':0', netnsInode: 1 },
  read: async () => ({ families: families(snapshot), takenAtMs: Date.now() }),
  log: createLog(() => {}),
});
const requestsOf = (exports: number) => exports * Math.ceil(points / REQUEST_POINTS);
await untilSent(push, requestsOf(WARM_UP));
const blockMs: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  blockMs.push(await longestBlock(() => untilSent(push, requestsOf(EXPORTS))));
}
await push.close();
process.send?.({ points, collectMs, blockMs, idleMs } satisfies PushFigures);
