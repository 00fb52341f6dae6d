// SPDX-License-Identifier: Apache-2.0
// The top lists: whatever sound records hold, each slot's counts are exact, and its series are part of them.
import assert from 'node:assert/strict';
import { QueueCounts } from '../../../src/recorder/queue-counts.ts';
import { createHashSeed } from '../../../src/recorder/top-lists/key-hash.ts';
import { TopLists } from '../../../src/recorder/top-lists/top-lists.ts';
import type { Counts, TopListSnapshot } from '../../../src/snapshot/top-list.ts';
import { fieldsOf, SLOTS, WORDS, writeAll } from '../records.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

const MOST = 96;
const words = new Uint32Array(MOST * WORDS);
const SEED = createHashSeed(Buffer.alloc(12, 'seed'));
const MAX_SERIES = { sources: 3, destinations: 2, ports: 2 } as const;

/** Sums of doubles are exact below 2^53 only. */
const EXACT = 2 ** 53;

class Model {
  readonly records = new Float64Array(SLOTS);
  readonly packets = new Float64Array(SLOTS);
  readonly bytes = new Float64Array(SLOTS);

  add(count: number): void {
    for (let record = 0; record < count; record++) {
      const { slot, weight, bytes } = fieldsOf(words, record * WORDS);
      this.records[slot] = (this.records[slot] ?? 0) + 1;
      this.packets[slot] = (this.packets[slot] ?? 0) + weight;
      this.bytes[slot] = (this.bytes[slot] ?? 0) + bytes;
    }
  }

  clear(slot: number): void {
    this.records[slot] = 0;
    this.packets[slot] = 0;
    this.bytes[slot] = 0;
  }
}

function assertPart(part: Counts, all: Counts, what: string): void {
  const isPart = part.packets >= 0 && part.packets <= all.packets;
  assert.ok(isPart && part.bytes >= 0 && part.bytes <= all.bytes, what);
}

function assertList(name: keyof typeof MAX_SERIES, list: TopListSnapshot, all: Counts): void {
  assert.ok(list.series.length <= 2 * MAX_SERIES[name]);
  assert.equal(new Set(list.series.map(({ key }) => key)).size, list.series.length);
  const sum = { ...list.other };
  assertPart(list.other, all, 'other');
  for (const series of list.series) {
    assertPart(series, all, series.key);
    sum.packets += series.packets;
    sum.bytes += series.bytes;
  }
  // What series counted that are gone is in none of them.
  assertPart(sum, all, 'sum');
}

function assertExact(lists: TopLists, queues: QueueCounts, model: Model): void {
  for (let slot = 0; slot < SLOTS; slot++) {
    const all = { packets: model.packets[slot] ?? 0, bytes: model.bytes[slot] ?? 0 };
    assert.equal(lists.records(slot), model.records[slot]);
    const found = queues.snapshot(slot);
    const inQueues = found.packets.reduce((sum, packets) => sum + packets, found.other);
    assert.equal(inQueues, all.packets);
    if (all.bytes < EXACT) {
      assert.deepEqual(lists.counts(slot), all);
      const snapshot = lists.snapshot(slot);
      for (const name of ['sources', 'destinations', 'ports'] as const) {
        assertList(name, snapshot[name] as TopListSnapshot, all);
      }
    }
  }
}

export const topLists: Target = {
  name: 'top-lists',
  maxBytes: 1024,
  run(input) {
    const script = new Script(input);
    const options = {
      maxSeries: MAX_SERIES,
      tableSize: 16 << (script.u8() % 4),
      prefixV4: script.u8() % 33,
      prefixV6: script.u8() % 129,
      minShare: (script.u8() % 4) / 100,
      newSeriesPerHour: 3_600_000,
    };
    const lists = new TopLists(SLOTS, options, undefined, SEED);
    const queues = new QueueCounts(SLOTS);
    const model = new Model();
    let nowMs = 0;
    let turns = 0;
    while (!script.isOver) {
      const step = script.u8();
      if (step % 16 === 0) {
        const slot = script.u8() % SLOTS;
        lists.clearSlot(slot);
        queues.clearSlot(slot);
        model.clear(slot);
      }
      const count = writeAll(words, 1 + (step % MOST), script);
      lists.take(words, 0, count, 0);
      queues.take(words, 0, count, 0);
      model.add(count);
      nowMs += script.u16();
      if (step % 4 === 0) {
        lists.rank(nowMs, nowMs);
      }
      turns++;
    }
    assertExact(lists, queues, model);
    return Math.max(1, turns);
  },
};
