// SPDX-License-Identifier: Apache-2.0
// A process that measures what a record costs with the lists that its argument names: V8 makes one code of the closures of
// all top lists of a process, and the product has one.
import { argv } from 'node:process';
import { RECORD } from '../../src/kernel/layout.ts';
import { Networks } from '../../src/recorder/networks/networks.ts';
import { DevicePeaks } from '../../src/recorder/peaks/peaks.ts';
import { QueueCounts } from '../../src/recorder/queue-counts.ts';
import { RECORD_WORDS, type TakeRecords } from '../../src/recorder/record.ts';
import { FakeRing, IP_FAMILY } from './fake-ring.ts';
import { createTopLists, DEFAULT_SLOTS, LIST_SETS, type ListSet } from './lists.ts';
import { createManyNetworks } from './networks.ts';
import { minimum, type Result } from './result.ts';

/** Short and many: the least of them is what no neighbour disturbed. */
const ROUNDS = 150;
/** Until the table is full. */
const WARM_UP_ROUNDS = 10;
const SECOND_MS = 1000;
const UPTIME_MS = 9_000_000;
const LENGTH = RECORD.offsets.length / 4;

/** One table for all, as in the product: each case is a device of its own. */
function benchIntake(set: string): Result[] {
  const { lists, countsQueues, networks, cases: given } = LIST_SETS[set] as ListSet;
  const named =
    networks === undefined
      ? undefined
      : new Networks(DEFAULT_SLOTS, createManyNetworks(networks, 1), () => 0);
  const top = createTopLists(65_536, DEFAULT_SLOTS, lists, named);
  const peaks = new DevicePeaks(top.decoded, 0);
  const byKey = peaks.wrap(top.take);
  const { take: byQueue } = new QueueCounts(DEFAULT_SLOTS);
  const byAll: TakeRecords = (words, first, count, cpu) => {
    byKey(words, first, count, cpu);
    byQueue(words, first, count, cpu);
  };
  const take = countsQueues ? byAll : byKey;
  const cases = given.map(({ addresses, family = IP_FAMILY.ipv4, ...others }, slot) => ({
    ...others,
    ring: new FakeRing(addresses, slot, family, DEFAULT_SLOTS),
    times: [] as number[],
    baselines: [] as number[],
  }));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const { ring, times, baselines } of cases) {
      baselines.push(ring.drainTimeNs(sumLengths));
      // Two and a half hours after the machine was started.
      const nowMs = UPTIME_MS + round * SECOND_MS;
      peaks.begin(nowMs);
      times.push(ring.drainTimeNs(take, nowMs));
      peaks.end();
    }
    top.rank(round * SECOND_MS, 0);
  }
  return cases.map(({ name, gate, aim, times, baselines }) => ({
    name: `record, ${set}, ${name}`,
    unit: 'ns/record',
    value: minimum(times.slice(WARM_UP_ROUNDS)),
    baseline: { name: 'sum of lengths', value: minimum(baselines.slice(WARM_UP_ROUNDS)) },
    ...(gate === undefined || aim === undefined ? {} : { gate, aim }),
  }));
}

/** Its result is of no use, but that it is returned keeps the loop. */
function sumLengths(words: Uint32Array, first: number, count: number): number {
  const end = first + count * RECORD_WORDS;
  let sum = 0;
  for (let at = first; at < end; at += RECORD_WORDS) {
    sum += words[at + LENGTH] ?? 0;
  }
  return sum;
}

const [, , setName = ''] = argv;
process.send?.(benchIntake(setName));
