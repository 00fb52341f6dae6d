// SPDX-License-Identifier: Apache-2.0
// What a record costs in the engine thread, decoded and counted by source, and how long a ranking holds it up.

import { TopSources } from '../../src/collector/top-sources/top-sources.ts';
import { RECORD } from '../../src/kernel/abi.ts';
import { minimum, quantile, type Result } from './result.ts';

const ROUNDS = 9;
const RANKINGS = 30;
/** 32 MiB, so that records come from memory rather than from a cache. */
const RECORDS = 2 ** 20;
/** As the logger hands them over. */
const BATCH = 64;
const RECORD_WORDS = RECORD.sizeBytes / 4;
const LENGTH = RECORD.offsets.length / 4;
const SECOND_MS = 1000;

const CASES = [
  { name: 'one source', addresses: 1, gate: 20, aim: 8 },
  { name: '1,000 sources', addresses: 1000, gate: 40, aim: 20 },
  { name: 'random over 16 M, table full', addresses: 2 ** 24, gate: 100, aim: 50 },
];

/** Each record case beside a loop over the same records that only sums their lengths. */
export function benchSources(): Result[] {
  return [...benchIntake(), benchRanking(65_536), benchRanking(2 ** 20)];
}

/** One table for all, as in the product: each case is a device of its own. */
function benchIntake(): Result[] {
  const top = createTopSources(65_536);
  const cases = CASES.map((each, slot) => ({
    ...each,
    words: createRecords(each.addresses, slot),
    times: [] as number[],
    baselines: [] as number[],
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { words, times, baselines } of cases) {
      baselines.push(nanosecondsPerRecord(words, sumLengths));
      times.push(nanosecondsPerRecord(words, top.take));
    }
    top.rank(round * SECOND_MS);
  }
  return cases.map(({ name, gate, aim, times, baselines }) => ({
    name: `record, ${name}`,
    unit: 'ns/record',
    value: minimum(times),
    baseline: { name: 'sum of lengths', value: minimum(baselines) },
    gate,
    aim,
  }));
}

/** Rings are not drained meanwhile, and the smallest holds 7 ms of 2.2 million packets a second. */
function benchRanking(tableSize: number): Result {
  const top = createTopSources(tableSize);
  const words = createRecords(2 ** 32, 0);
  const times: number[] = [];
  for (let ranking = 0; ranking < RANKINGS; ranking++) {
    top.take(words, words.length - 1, 0, RECORDS);
    const start = process.hrtime.bigint();
    top.rank(ranking * SECOND_MS);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return {
    name: `ranking, full table of ${tableSize}, median`,
    unit: 'ms',
    value: quantile(times, 0.5),
    gate: 2,
    aim: 1,
  };
}

function createTopSources(tableSize: number): TopSources {
  return new TopSources({
    maxSeries: 20,
    tableSize,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 0.001,
    newSeriesPerHour: 600,
  });
}

/** IPv4 packets of 64 to 575 bytes. */
function createRecords(addresses: number, slot: number): Uint32Array {
  const words = new Uint32Array(RECORDS * RECORD_WORDS);
  const mapped = 0xffff_0000;
  const ipv4 = 1 << 27;
  for (let record = 0; record < RECORDS; record++) {
    const address = Math.floor(Math.random() * addresses);
    words.set(
      [0, 0, mapped, address, 0, 64 + (record % 512), 1, slot | ipv4],
      RECORD_WORDS * record,
    );
  }
  return words;
}

function sumLengths(words: Uint32Array, mask: number, firstWord: number, count: number): number {
  const end = firstWord + count * RECORD_WORDS;
  let sum = 0;
  for (let at = firstWord; at < end; at += RECORD_WORDS) {
    sum += words[(at + LENGTH) & mask] ?? 0;
  }
  return sum;
}

function nanosecondsPerRecord(
  words: Uint32Array,
  take: (...record: Parameters<TopSources['take']>) => unknown,
): number {
  const mask = words.length - 1;
  const start = process.hrtime.bigint();
  for (let record = 0; record < RECORDS; record += BATCH) {
    take(words, mask, record * RECORD_WORDS, BATCH);
  }
  return Number(process.hrtime.bigint() - start) / RECORDS;
}
