// SPDX-License-Identifier: Apache-2.0
// What a record costs the engine, drained from a ring, checked, and counted by time and source; and what a ranking does.
import { RECORD, RING } from '../../src/kernel/layout.ts';
import { MappedRing } from '../../src/recorder/mapped-ring.ts';
import { Networks, type NetworkTables } from '../../src/recorder/networks/networks.ts';
import { DevicePeaks } from '../../src/recorder/peaks/peaks.ts';
import { QueueCounts } from '../../src/recorder/queue-counts.ts';
import { RECORD_WORDS, type TakeRecords } from '../../src/recorder/record.ts';
import { TopLists } from '../../src/recorder/top-lists/top-lists.ts';
import { benchLookups, createManyNetworks } from './networks.ts';
import { minimum, quantile, type Result } from './result.ts';

/** Short and many: the least of them is what no neighbour disturbed. */
const ROUNDS = 150;
/** Until the table is full. */
const WARM_UP_ROUNDS = 10;
/** 4 MiB: the largest ring that a CPU gets. */
const RECORDS = 65_536;
const RANKINGS = 30;
const SECOND_MS = 1000;
const UPTIME_MS = 9_000_000;
const DEFAULT_SLOTS = 256;
const LENGTH = RECORD.offsets.length / 4;
const MARK = RECORD.offsets.tcp_flags / 4;
const TIME = RECORD.offsets.time / 4;
/** One in so many has a time, as TIMED_RECORDS in bpf/ring.h; they come as they do at four million packets a second. */
const TIMED_RECORDS = 256;
const GAP_NS = 250;

const IPV4 = 1;
const IPV6 = 2;
const UDP = 17;
const DESTINATIONS = 3;
const PORTS = 50;
const CASES = [
  { name: 'one source', addresses: 1, family: IPV4, gate: 10, aim: 8 },
  { name: '1,000 sources', addresses: 1000, family: IPV4, gate: 30, aim: 20 },
  { name: '1,000 IPv6 sources', addresses: 1000, family: IPV6 },
  { name: 'random over 16 M, table full', addresses: 2 ** 24, family: IPV4, gate: 65, aim: 50 },
];
/** The same by source, destination, port and receive queue. */
const LISTS_CASES = [
  { name: 'all lists, one source', addresses: 1, family: IPV4, gate: 60, aim: 30 },
  { name: 'all lists, 1,000 sources', addresses: 1000, family: IPV4, gate: 90, aim: 50 },
  { name: 'all lists, random over 16 M', addresses: 2 ** 24, family: IPV4, gate: 150, aim: 90 },
];
/** And by named network. */
const NETWORKS_CASES = LISTS_CASES.map(({ name, ...others }) => {
  return { ...others, name: name.replace('all lists', 'all lists and networks') };
});
const SOURCES = { sources: 20, destinations: 0, ports: 0 };
const ALL_LISTS = { sources: 20, destinations: 20, ports: 20 };

/** What a record costs, and what for. */
interface Case {
  readonly name: string;
  readonly addresses: number;
  readonly family: number;
  readonly gate?: number;
  readonly aim?: number;
}

/** Each record case beside a drain of the same records that only sums their lengths. */
export function benchSources(): Result[] {
  return [
    ...benchIntake(CASES, SOURCES),
    ...benchIntake(NETWORKS_CASES, ALL_LISTS, createManyNetworks(12, 1)),
    ...benchIntake(LISTS_CASES, ALL_LISTS),
    ...benchLookups(),
    benchRanking(65_536, DEFAULT_SLOTS),
    benchRanking(65_536, 4096),
    benchRanking(2 ** 20, DEFAULT_SLOTS),
  ];
}

/** One table for all, as in the product: each case is a device of its own. With all lists, receive queues are counted, too. */
function benchIntake(
  given: readonly Case[],
  maxSeries: typeof SOURCES,
  tables?: NetworkTables,
): Result[] {
  const networks = tables && new Networks(DEFAULT_SLOTS, tables, () => 0);
  const top = createTopLists(65_536, DEFAULT_SLOTS, maxSeries, networks);
  const peaks = new DevicePeaks(top.decoded, 0);
  const byKey = peaks.wrap(top.take);
  const { take: byQueue } = new QueueCounts(DEFAULT_SLOTS);
  const byAll: TakeRecords = (words, first, count, cpu) => {
    byKey(words, first, count, cpu);
    byQueue(words, first, count, cpu);
  };
  const take = maxSeries === ALL_LISTS ? byAll : byKey;
  const cases = given.map((each, slot) => ({
    ...each,
    ring: new FakeRing(each.addresses, slot, each.family),
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
    name: `record, ${name}`,
    unit: 'ns/record',
    value: minimum(times.slice(WARM_UP_ROUNDS)),
    baseline: { name: 'sum of lengths', value: minimum(baselines.slice(WARM_UP_ROUNDS)) },
    ...(gate === undefined || aim === undefined ? {} : { gate, aim }),
  }));
}

/** Rings are not drained meanwhile, and the smallest holds 2 ms of 2 million packets a second. */
function benchRanking(tableSize: number, slots: number): Result {
  const top = createTopLists(tableSize, slots);
  const ring = new FakeRing(2 ** 32, 0, IPV4);
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

function createTopLists(
  tableSize: number,
  slots: number,
  maxSeries = SOURCES,
  networks?: Networks,
): TopLists {
  const options = {
    maxSeries,
    tableSize,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 0.001,
    newSeriesPerHour: 600,
  };
  return new TopLists(slots, options, networks);
}

/** A ring in memory, with what a program would write there: packets of 64 to 575 bytes. */
class FakeRing {
  readonly #ring: MappedRing;
  readonly #head: BigUint64Array;
  readonly #words: Uint32Array;
  readonly #addresses: number;
  #position = 0;

  constructor(addresses: number, slot: number, family: number) {
    const memory = Buffer.alloc(RING.sizeBytes + RECORDS * RECORD.sizeBytes);
    const { buffer, byteOffset } = memory;
    this.#ring = new MappedRing(0, memory, DEFAULT_SLOTS);
    this.#head = new BigUint64Array(buffer, byteOffset + RING.offsets.head, 1);
    this.#words = new Uint32Array(buffer, byteOffset + RING.sizeBytes, RECORDS * RECORD_WORDS);
    this.#addresses = addresses;
    for (let record = 0; record < RECORDS; record++) {
      const at = record * RECORD.sizeBytes + RING.sizeBytes;
      memory.writeUInt32LE(64 + (record % 512), at + RECORD.offsets.length);
      memory.writeUInt32LE(1, at + RECORD.offsets.weight);
      memory.writeUInt16LE(slot, at + RECORD.offsets.slot);
      memory.writeUInt8(family << 3, at + RECORD.offsets.class);
      memory.writeUInt8(UDP, at + RECORD.offsets.protocol);
      memory.writeUInt32LE(1 + (record % DESTINATIONS), at + RECORD.offsets.destination);
      memory.writeUInt16BE(1 + (record % PORTS), at + RECORD.offsets.destination_port);
    }
  }

  /** How long a record takes from the ring to `take`. */
  drainTimeNs(take: TakeRecords, nowMs = 0): number {
    this.#fill(nowMs);
    const start = process.hrtime.bigint();
    const drained = this.#ring.drain(take);
    return Number(process.hrtime.bigint() - start) / drained;
  }

  /** With one fewer than there are places, as a program does. */
  #fill(nowMs: number): void {
    for (let record = 1; record < RECORDS; record++, this.#position++) {
      const at = (this.#position % RECORDS) * RECORD_WORDS;
      this.#words[at] = Math.floor(Math.random() * this.#addresses);
      const isTimed = this.#position % TIMED_RECORDS === 0;
      const timeNs = isTimed ? BigInt(Math.round(nowMs * 1e6) + record * GAP_NS) : 0n;
      this.#words[at + TIME] = Number(timeNs & 0xffff_ffffn);
      this.#words[at + TIME + 1] = Number(timeNs >> 32n);
      this.#words[at + MARK] = (this.#position ^ (this.#position >>> 16)) << 16;
    }
    Atomics.store(this.#head, 0, BigInt(this.#position));
  }
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
