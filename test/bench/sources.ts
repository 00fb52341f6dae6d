// SPDX-License-Identifier: Apache-2.0
// What a record costs the engine, drained from a ring, checked, and counted by time and list; and what a ranking does.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FakeRing, IP_FAMILY } from './fake-ring.ts';
import { createTopLists, DEFAULT_SLOTS, LIST_SETS } from './lists.ts';
import { benchLookups } from './networks.ts';
import { quantile, type Result } from './result.ts';

const RANKINGS = 30;
const SECOND_MS = 1000;
const SOURCES = { sources: 20, destinations: 0, ports: 0 };

/** Each record case beside a drain of the same records that only sums their lengths. */
export async function benchSources(): Promise<Result[]> {
  const records: Result[] = [];
  for (const set of Object.keys(LIST_SETS)) {
    records.push(...(await benchRecords(set)));
  }
  return [
    ...records,
    ...benchLookups(),
    benchRanking(65_536, DEFAULT_SLOTS),
    benchRanking(65_536, 4096),
    benchRanking(2 ** 20, DEFAULT_SLOTS),
  ];
}

async function benchRecords(set: string): Promise<Result[]> {
  const child = fork(fileURLToPath(new URL('./records-process.js', import.meta.url)), [set]);
  try {
    const [results] = (await once(child, 'message')) as [Result[]];
    return results;
  } finally {
    child.kill();
  }
}

/** Rings are not drained meanwhile, and the smallest holds 2 ms of 2 million packets a second. */
function benchRanking(tableSize: number, slots: number): Result {
  const top = createTopLists(tableSize, slots, SOURCES);
  const ring = new FakeRing(2 ** 32, 0, IP_FAMILY.ipv4, slots);
  const times: number[] = [];
  for (let ranking = 0; ranking < RANKINGS; ranking++) {
    ring.drainTimeNs(top.take);
    const start = process.hrtime.bigint();
    top.rank(ranking * SECOND_MS, 0);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return {
    name: `ranking, full table of ${tableSize}, ${slots} slots, median`,
    unit: 'ms',
    value: quantile(times, 0.5),
    gate: 2,
    aim: 1,
  };
}
