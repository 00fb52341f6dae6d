// SPDX-License-Identifier: Apache-2.0
// The reader's protocol against every order of events that fast-check thinks of.
import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import fc from 'fast-check';
import { BatchReader } from '../../../src/collector/batch-reader.ts';
import { MAX_DEVICES } from '../../../src/kernel/abi.ts';
import { PerfRing } from '../../../src/kernel/perf-ring.ts';
import { FakePerfRing } from '../kernel/fake-perf-ring.ts';
import { FakeProducer, slotOf } from './fake-producer.ts';
import { RecordList } from './record-list.ts';

class Run {
  readonly producer: FakeProducer;
  readonly taken = new RecordList();
  readonly reader: BatchReader;
  readonly #ringSizeBytes: number;

  constructor(records: number, times: boolean) {
    this.producer = new FakeProducer(records, times);
    this.reader = new BatchReader(this.producer.batches, this.taken, { records, times });
    // Three batches, so that it is often full.
    this.#ringSizeBytes = 2 ** Math.ceil(Math.log2(3 * (records * 40 + 32)));
  }

  openRing(position: number): void {
    this.closeRing();
    const ring = new FakePerfRing(this.#ringSizeBytes, BigInt(position * 8));
    this.producer.ring = ring;
    this.reader.ring = new PerfRing(ring.memory);
  }

  /** As when its CPU has gone offline: nothing is produced meanwhile. */
  closeRing(): void {
    this.reader.turn();
    this.producer.ring = undefined;
    this.reader.ring = undefined;
  }

  /** Has the producer go on, by so many stores each time, wherever the reader looks at what both share. */
  turnAmid(stores: readonly number[]): void {
    const rest = [...stores];
    const interrupt = () => this.producer.advance(rest.shift() ?? 0);
    const { load } = Atomics;
    const { subarray } = Uint32Array.prototype;
    mock.method(Atomics, 'load', (array: Uint32Array, index: number) => {
      interrupt();
      return load(array, index);
    });
    mock.method(Uint32Array.prototype, 'subarray', function (this: Uint32Array, ...range: []) {
      interrupt();
      return subarray.apply(this, range);
    });
    try {
      this.reader.turn();
    } finally {
      mock.restoreAll();
    }
  }
}

type Event = (run: Run) => void;

const events = (records: number) => {
  const some = fc.nat(4);
  const many = fc.nat(records * 10);
  const stores = fc.array(fc.oneof(some, many), { maxLength: 8 });
  return fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: stores.map(
          (list): Event =>
            (run) =>
              run.turnAmid(list),
        ),
      },
      {
        weight: 2,
        arbitrary: many.map(
          (count): Event =>
            ({ producer }) =>
              producer.advance(count),
        ),
      },
      {
        weight: 2,
        arbitrary: some.map(
          (count): Event =>
            ({ producer }) =>
              producer.advance(count),
        ),
      },
      {
        weight: 1,
        arbitrary: fc.boolean().map(
          (refuses): Event =>
            ({ producer }) => {
              producer.refuses = refuses;
            },
        ),
      },
      {
        weight: 1,
        arbitrary: fc.nat(999).map(
          (position): Event =>
            (run) =>
              run.openRing(position),
        ),
      },
      { weight: 1, arbitrary: fc.constant<Event>((run) => run.closeRing()) },
    ),
    { maxLength: 40 },
  );
};

function bySlot(ids: readonly number[]): Float64Array {
  const counts = new Float64Array(MAX_DEVICES);
  for (const id of ids) {
    counts[slotOf(id)] = (counts[slotOf(id)] ?? 0) + 1;
  }
  return counts;
}

function checkBudget({ producer, reader, taken }: Run): void {
  assert.ok(
    taken.ids.every((id, index) => index === 0 || id > (taken.ids[index - 1] ?? id)),
    `out of order: ${taken.ids}`,
  );
  const decoded = bySlot(taken.ids);
  const accounted = decoded.map(
    (count, slot) => count + (producer.lostRecords[slot] ?? 0) - (reader.recovered[slot] ?? 0),
  );
  const produced = bySlot(Array.from({ length: producer.produced }, (_, id) => id));
  assert.deepEqual(accounted, produced);
  assert.equal(reader.decodedRecords, taken.ids.length);
  assert.equal(reader.lostBatches, producer.lostBatches);
  assert.equal(reader.corruptBatches, 0);
}

describe('BatchReader', () => {
  afterEach(() => mock.restoreAll());

  for (const records of [1, 2, 8, 64, 256]) {
    it(`accounts for each record of batches of ${records} once, whatever comes between`, () => {
      fc.assert(
        fc.property(events(records), fc.boolean(), (list, times) => {
          const run = new Run(records, times);
          run.openRing(0);
          for (const event of list) {
            event(run);
          }
          run.producer.produce(0);
          for (let turn = 0; turn < 3; turn++) {
            run.reader.turn();
          }
          checkBudget(run);
        }),
        { numRuns: 300 },
      );
    });
  }
});
